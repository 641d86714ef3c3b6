"""`kill -9` at any moment, and the night's command again: the same tables as if nothing had happened, and no process left.

Nights are taken of a small province, never killed, to know how long they last and how they end. Then the client, or the
Spark server, is killed at moments spread over that time: one in each of as many equal parts, seeded. Moments in the first
night begin with an empty lake, those in the second with the lake after the first; in both cases the last night's command comes
next, which finishes what was begun and takes what is new.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from jobs.province.generate import generate
from jobs.province.plan import Plan
from lakehouse.settings import Settings
from tests.proofs.processes import Home
from tests.proofs.wholeness import half_written, temporaries

PLAN = Plan(seed=5, points=3, nights=2, ending=date(2026, 6, 30))
NIGHTS = tuple(day.isoformat() for day in PLAN.dates)
LEASE_SECONDS, CLIENT_SECONDS = 30, 60
EARLIER = 0.8
# The lake as commands show it: digest, ledger.
State: TypeAlias = tuple[dict[str, Any], list[Any]]


@dataclass(frozen=True)
class Stage:
    """What the trials are played on. lasts: seconds of each night; serves: when its server came and went.
    end: how it ends when nobody is killed."""

    folder: Path
    lasts: tuple[float, ...]
    serves: tuple[tuple[float, float], ...]
    end: State

    def home(self, name: str) -> Home:
        """A deployment on the same site, with the same keys."""
        return Home(self.folder / name, self.folder / "province" / "site", self.folder / "keys")


@dataclass
class Trial:
    """One kill. night, moment: which one, and seconds after its begin (or the server's).   last_words: the last step that
    was done.   is_late: the victim had ended by then.   wrong: everything that was not as it must be."""

    victim: str
    night: int
    moment: float
    last_words: str = ""
    seconds_left: float | None = None
    is_late: bool = False
    wrong: list[str] = field(default_factory=list)


def prepare(folder: Path) -> Stage:
    """Make the province, and take its nights with nobody killed. A folder that is prepared already is taken as it is."""
    memory = folder / "stage.json"
    if memory.exists():
        known = json.loads(memory.read_text())
        return Stage(folder, tuple(known["lasts"]), tuple(map(tuple, known["serves"])), tuple(known["end"]))
    generate(PLAN, folder / "province")
    stage = Stage(folder, (), (), ({}, []))
    home = stage.home("unkilled")
    home.ask("keys", "init")
    lasts, serves = [], []
    for place, night in enumerate(NIGHTS):
        if place == 1:
            shutil.copytree(home.folder, folder / "after-first", symlinks=True)
        lasted, served = _measured(home, night, folder / f"unkilled-{place}.txt")
        lasts.append(lasted)
        serves.append(served)
    end = state(home)
    memory.write_text(json.dumps({"lasts": lasts, "serves": serves, "end": end}))
    return Stage(folder, tuple(lasts), tuple(serves), end)


def state(home: Home) -> State:
    """What the commands say of the lake."""
    return json.loads(home.ask("digest", "--json")), json.loads(home.ask("ledger", "--json"))


def _measured(home: Home, night: str, told: Path) -> tuple[float, tuple[float, float]]:
    """How long a night lasts, and from when to when its server runs. Raises RuntimeError when it fails."""
    begun = time.monotonic()
    client, seen = home.start("night", "--date", night, told=told), list[float]()
    while client.poll() is None:
        if home.server() is not None:
            seen.append(time.monotonic() - begun)
        time.sleep(0.2)
    if client.returncode:
        raise RuntimeError(f"a night that nobody killed ended with {client.returncode}: {told.read_text()[-2000:]}")
    return time.monotonic() - begun, (seen[0], seen[-1])


def moments(parts: Sequence[float], count: int, seed: int) -> list[tuple[int, float]]:
    """Moments spread over parts that follow each other: which part, and how far into it."""
    draw, whole = random.Random(seed), sum(parts)
    found = []
    for place in range(count):
        moment, part = (place + draw.random()) * whole / count, 0
        while moment >= parts[part] and part < len(parts) - 1:
            moment, part = moment - parts[part], part + 1
        found.append((part, moment))
    return found


def kill_client(stage: Stage, night: int, moment: float, name: str) -> Trial:
    """Kill the client so many seconds after its start."""
    trial = Trial("client", night, moment)

    def kill(home: Home, client: subprocess.Popen[bytes]) -> None:
        time.sleep(moment)
        os.kill(client.pid, signal.SIGKILL)
        _note_end(trial, client.wait())

    return _play(stage, trial, name, kill)


def kill_server(stage: Stage, night: int, moment: float, name: str) -> Trial:
    """Kill the server so many seconds after it is first seen; the client must say so in a sentence, soon."""
    trial = Trial("server", night, moment)

    def kill(home: Home, client: subprocess.Popen[bytes]) -> None:
        while (server := home.server()) is None and client.poll() is None:
            time.sleep(0.05)
        time.sleep(moment)
        if server is None or home.server() != server:
            _note_end(trial, client.wait())
            return
        os.kill(server, signal.SIGKILL)
        try:
            status = client.wait(CLIENT_SECONDS)
        except subprocess.TimeoutExpired:
            trial.wrong.append(f"the client went on for more than {CLIENT_SECONDS} s without a server")
            client.kill()
            client.wait()
            return
        said = (stage.folder / f"{name}.txt").read_text().strip()
        if status in (0, 1) or "Traceback" in said or "SPARK-" not in said.rpartition("\n")[2]:
            trial.wrong.append(f"the client ended with {status} and: {said[-200:]!r}")

    return _play(stage, trial, name, kill)


def _note_end(trial: Trial, status: int) -> None:
    """A client that was not killed has ended: too soon for this trial, and in good order."""
    trial.is_late = status != -signal.SIGKILL
    if status not in (0, -signal.SIGKILL):
        trial.wrong.append(f"the client ended with {status} before anything was killed")


def _play(stage: Stage, trial: Trial, name: str, kill: Callable[[Home, subprocess.Popen[bytes]], None]) -> Trial:
    """Begin a night, kill, look at what is left, run it again, compare."""
    home = stage.home(name)
    if trial.night:
        shutil.copytree(stage.folder / "after-first", home.folder, symlinks=True)
    told = stage.folder / f"{name}.txt"
    kill(home, home.start("night", "--date", NIGHTS[trial.night], told=told))
    trial.seconds_left = home.seconds_until_nothing_runs(LEASE_SECONDS)
    trial.last_words = " ".join(told.read_text().rstrip().rpartition("\n")[2].split()[2:-2])
    if trial.seconds_left is None:
        trial.wrong.append(f"processes were left: {[command[:80] for command in home.processes().values()]}")
    settings = Settings(home.folder, home.site, home.keys)
    trial.wrong += [f"half-written: {path}" for path in half_written(settings)]
    try:
        home.ask("night", "--date", NIGHTS[-1])
        trial.wrong += differences(stage.end, state(home))
    except RuntimeError as error:
        trial.wrong.append(str(error))
    trial.wrong += [f"still there: {path}" for path in temporaries(settings)]
    trial.wrong += [f"runs on: {command[:80]}" for command in home.processes().values()]
    if not trial.wrong:
        shutil.rmtree(home.folder)
    return trial


def differences(end: State, found: State) -> list[str]:
    """How a lake differs from the one that was never killed."""
    (digests, accounts), (found_digests, found_accounts) = end, found
    names = sorted(digests.keys() | found_digests.keys())
    wrong = [f"{name} differs" for name in names if digests.get(name) != found_digests.get(name)]
    if unbalanced := [each for each in found_accounts if not each["balanced"]]:
        wrong.append(f"{len(unbalanced)} accounts do not balance")
    if accounts != found_accounts:
        wrong.append("the accounts differ")
    return wrong


VICTIMS: Mapping[str, tuple[Callable[[Stage], list[float]], Callable[[Stage, int, float, str], Trial]]] = {
    "client": (lambda stage: list(stage.lasts), kill_client),
    "server": (lambda stage: [end - begin for begin, end in stage.serves], kill_server),
}


def trials(stage: Stage, victim: str, count: int, seed: int, report: Callable[[str], None]) -> list[Trial]:
    """So many kills of a victim, at seeded moments."""
    parts, play = VICTIMS[victim]
    done = []
    for place, (night, moment) in enumerate(moments(parts(stage), count, seed)):
        trial = play(stage, night, moment, f"{victim}-{place}")
        while trial.is_late and not trial.wrong:  # This night was faster than the one that was timed.
            report(f"{victim} {place + 1}/{count}: had ended before {moment:.1f} s; once more, earlier")
            moment *= EARLIER
            trial = play(stage, night, moment, f"{victim}-{place}")
        where = f"night {night + 1}, {moment:.1f} s, after [{trial.last_words}]"
        report(f"{victim} {place + 1}/{count}: {where}: {trial.wrong or 'as never killed'}")
        done.append(trial)
    return done
