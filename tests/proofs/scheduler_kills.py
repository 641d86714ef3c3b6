"""Parts of a night under the real scheduler killed in turn: the same tables, as many commits, and nothing that runs on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from jobs.lake import table_path
from jobs.local_airflow import LocalAirflow
from lakehouse.settings import Settings
from tests.proofs import kill
from tests.proofs.processes import Home, end, everything
from tests.proofs.scheduler import NIGHTLY, PATIENCE, Stage, by_hand, ended, flying, left, staged
from warehouse_models import registry

AFTER_COMMAND = 25.0  # The server gives up a command 20 s after its client was last heard of.
AWAY = 20.0


def while_it_does(running: LocalAirflow, run: str, task: str) -> dict[str, Any]:
    """Wait until a task runs; the task. Raises TimeoutError when it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for each in running.tasks(NIGHTLY, run):
            if each["task_id"] == task and each["state"] == "running":
                return each
        time.sleep(0.2)
    raise TimeoutError(f"{task} did not run")


def inside_merge(running: LocalAirflow, run: str, home: Home) -> int:
    """Wait until a merge has committed its first table and goes on; the process of the task."""
    task = while_it_does(running, run, "merge")
    before, deadline = _commits(home), time.monotonic() + PATIENCE
    while _commits(home) == before:
        if time.monotonic() > deadline:
            raise TimeoutError("the merge committed nothing")
        time.sleep(0.05)
    return one_process(re.escape(task["id"]))


def _commits(home: Home) -> int:
    settings = Settings(home.folder, home.site, home.keys)
    return sum(len(list(path.glob("_delta_log/*.json"))) for path in _tables(settings).values())


def _tables(settings: Settings) -> dict[str, Path]:
    return {name: table_path(settings, table) for name, table in registry.conformed().items()}


def versions(home: Home) -> dict[str, int]:
    """How often each conformed table was committed."""
    tables = _tables(Settings(home.folder, home.site, home.keys))
    return {name: DeltaTable(str(path)).version() for name, path in tables.items() if (path / "_delta_log").exists()}


def one_process(pattern: str, group: int | None = None) -> int:
    """The first process whose command line has a pattern, perhaps in a group."""
    found = [pid for pid, command, _ in everything() if re.search(pattern, command)]
    return min(pid for pid in found if group in (None, os.getpgid(pid)))


@contextmanager
def kill_task(stage: Stage, home: Home, running: LocalAirflow, run: str) -> Iterator[None]:
    """The process of a task, in the midst of a merge."""
    os.kill(inside_merge(running, run, home), signal.SIGKILL)
    yield


@contextmanager
def stop_client(stage: Stage, home: Home, running: LocalAirflow, run: str) -> Iterator[None]:
    """A client that stops inside a merge, longer than the server waits for it, and is killed then."""
    client = inside_merge(running, run, home)
    os.kill(client, signal.SIGSTOP)
    time.sleep(AFTER_COMMAND)
    os.kill(client, signal.SIGKILL)
    yield


@contextmanager
def kill_server(stage: Stage, home: Home, running: LocalAirflow, run: str) -> Iterator[None]:
    """The Spark Connect server, in the midst of a merge."""
    inside_merge(running, run, home)
    server = home.server()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    yield


@contextmanager
def kill_points(stage: Stage, home: Home, running: LocalAirflow, run: str) -> Iterator[None]:
    """The SFTP server while points are pulled; it comes back twenty seconds later."""
    while_it_does(running, run, "pull")
    assert stage.server is not None
    stage.server.kill()
    stage.server.wait()
    time.sleep(AWAY)
    stage.serve()
    yield


@contextmanager
def kill_scheduler(stage: Stage, home: Home, running: LocalAirflow, run: str) -> Iterator[None]:
    """The scheduler in the midst of a merge; whoever watches over it starts it again."""
    inside_merge(running, run, home)
    scheduler = one_process(r"airflow scheduler", running.process.pid)
    environment = dict(
        pair.split("=", 1)
        for pair in Path(f"/proc/{running.process.pid}/environ").read_text().split("\0")
        if "=" in pair
    )
    os.kill(scheduler, signal.SIGKILL)
    log = (home.folder / "airflow" / "scheduler-again.log").open("wb")
    command = [sys.executable, "-m", "airflow", "scheduler"]
    again = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        yield
    finally:
        end(again)
        log.close()


VICTIMS = {
    "SFTP server": kill_points,
    "task": kill_task,
    "client stopped inside a merge": stop_client,
    "Connect server": kill_server,
    "scheduler": kill_scheduler,
}


def kill_in_turn(
    folder: Path, report: Callable[[str], None], victims: Sequence[str] = tuple(VICTIMS)
) -> dict[str, list[str]]:
    """Victims -> how the lake differs from one by hand when they are killed in the second night."""
    found = {}
    with staged(folder, kill.PLAN) as stage:
        known, _ = by_hand(stage)
        for victim in victims:
            home = stage.home(victim.replace(" ", "-"))
            with flying(stage, home) as (running, runs):
                first = ended(running, runs[0])
                with VICTIMS[victim](stage, home, running, runs[1]):
                    states = [first, ended(running, runs[1])]
                retried = [each["task_id"] for each in running.tasks(NIGHTLY, runs[1]) if each["try_number"] > 1]
            wrong = [f"a night ended as {state}" for state in states if state != "success"]
            wrong += kill.differences(kill.state(known), kill.state(home)) + left(home)
            if versions(known) != versions(home):
                wrong.append(f"commits differ: {versions(known)} and {versions(home)}")
            report(f"{victim} killed: tried again {retried}: {wrong or 'as never killed'}")
            found[victim] = wrong
    return found
