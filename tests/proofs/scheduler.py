"""`nightly` through the real scheduler: the same tables as `lakehouse night`, in how much more time."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import asyncssh

from jobs.commands.province import usable_cores
from jobs.landing.pull import CUT_OFF
from jobs.local_airflow import LocalAirflow, airflow, as_json
from jobs.lock import BEIJING
from jobs.province.exchange_points import sftp
from jobs.province.far_site import write_far_site
from jobs.province.generate import generate
from jobs.province.plan import Plan
from jobs.transports.connections import Connection
from lakehouse.settings import Settings
from tests.proofs import kill
from tests.proofs.processes import MEMORY, Home

PROVINCE = Plan(points=93, nights=3)
MANY = Plan(points=467, nights=1)
NIGHTLY, CONNECTION = "nightly", "points"
PATIENCE = 1800.0
# What a killed part is found out by, and what it is tried again after: seconds, where an installation has minutes.
SOON = {
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "LAKEHOUSE_SPARK_LEASE": str(kill.LEASE_SECONDS),
    "LAKEHOUSE_SPARK_MEMORY": MEMORY,
}
Report: TypeAlias = Callable[[str], None]


@dataclass
class Stage:
    """A province behind an SFTP server of its own process, which can be killed and started again."""

    folder: Path
    plan: Plan
    server: subprocess.Popen[str] | None = None
    connection: Connection = field(default_factory=lambda: Connection("sftp", "127.0.0.1"))

    def home(self, name: str) -> Home:
        """A deployment whose points are reached over SFTP."""
        return Home(self.folder / name, self.folder / "site", self.folder / "keys")

    @property
    def nights(self) -> list[str]:
        """Its business dates."""
        return [day.isoformat() for day in self.plan.dates]

    def serve(self) -> None:
        """Start the server, on the port that it had."""
        command = [sys.executable, "-m", "jobs.province.exchange_points.sftp", "--folder", str(self.folder / "offers")]
        command += ["--host-key", str(self.folder / "host.key"), "--password", str(self.folder / "password")]
        command += ["--port", str(self.connection.port or 0)]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = self.server.stdout.readline() if self.server.stdout else ""
        key = asyncssh.read_private_key(self.folder / "host.key")
        self.connection = sftp.Server(
            self.folder / "offers",
            (self.folder / "password").read_text(),
            port=int(said.rpartition(":")[2]),
            host_key=sftp.public(key),
        ).connection


@contextmanager
def staged(folder: Path, plan: Plan) -> Iterator[Stage]:
    """Make the province and serve it until the block ends."""
    generate(plan, folder / "province", usable_cores())
    (folder / "province" / "offers").rename(folder / "offers")
    write_far_site(folder / "province", folder / "site", CONNECTION)
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(folder / "host.key")
    (folder / "password").write_text(secrets.token_urlsafe(16))
    stage = Stage(folder, plan)
    stage.serve()
    stage.home("by-hand").ask("keys", "init")
    try:
        yield stage
    finally:
        if stage.server:
            stage.server.kill()
            stage.server.wait()


def by_hand(stage: Stage) -> tuple[Home, list[float]]:
    """The nights by `lakehouse night`, with the seconds that each took."""
    home, seconds = stage.home("by-hand"), []
    reached = {f"AIRFLOW_CONN_{CONNECTION.upper()}": as_json(stage.connection)}
    for night in stage.nights:
        begun = time.monotonic()
        home.ask("night", "--date", night, **reached)
        seconds.append(time.monotonic() - begun)
    return home, seconds


@contextmanager
def flying(stage: Stage, home: Home) -> Iterator[tuple[LocalAirflow, list[str]]]:
    """Airflow over a home, with a run of `nightly` for each night; the earliest is taken first."""
    settings = Settings(home.folder, home.site, home.keys)
    with airflow(home.folder / "airflow", settings, {CONNECTION: stage.connection}, **SOON) as running:
        running.ready([NIGHTLY, "hold_release"])
        runs = [running.run(NIGHTLY, {"night": night}, _as_of(night)) for night in stage.nights]
        running.unpause([NIGHTLY])
        yield running, runs


def _as_of(night: str) -> datetime:
    return datetime.combine(date.fromisoformat(night), CUT_OFF, BEIJING)


def ended(running: LocalAirflow, run: str, dag: str = NIGHTLY) -> str:
    """The state in which a run ends. Raises TimeoutError when it does not."""
    deadline = time.monotonic() + PATIENCE
    while (state := running.state(dag, run)) not in ("success", "failed"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{run} of {dag} is {state} still")
        time.sleep(1)
    return state


def _seconds_of(running: LocalAirflow, run: str) -> float:
    """How long a run took, from its first to its last moment by Airflow's own record."""
    seen = running.ask("GET", f"/dags/{NIGHTLY}/dagRuns/{run}")
    begin, end = (datetime.fromisoformat(seen[name].replace("Z", "+00:00")) for name in ("start_date", "end_date"))
    return (end - begin).total_seconds()


@dataclass
class Flown:
    """Nights by hand and by the scheduler. tasks: mapped tasks of each night."""

    by_hand: list[float]
    by_scheduler: list[float] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Wall time by the scheduler over that by hand."""
        return sum(self.by_scheduler) / sum(self.by_hand)


def fly(folder: Path, plan: Plan, report: Report) -> Flown:
    """A province's nights both ways."""
    with staged(folder, plan) as stage:
        known, seconds = by_hand(stage)
        report(f"by hand: {', '.join(f'{each:.0f} s' for each in seconds)}")
        home, flown = stage.home("flown"), Flown(seconds)
        with flying(stage, home) as (running, runs):
            for night, run in zip(stage.nights, runs, strict=True):
                if (state := ended(running, run)) != "success":
                    flown.wrong.append(f"{night} ended as {state}")
                flown.by_scheduler.append(_seconds_of(running, run))
                tasks = running.tasks(NIGHTLY, run)
                flown.tasks.append(sum(each["task_id"] == "pull" for each in tasks))
                report(f"{night} by the scheduler: {state}, {flown.by_scheduler[-1]:.0f} s; {_spent(tasks)}")
        flown.wrong += kill.differences(kill.state(known), kill.state(home))
        flown.wrong += left(home)
    return flown


def _spent(tasks: Sequence[Mapping[str, Any]]) -> str:
    """Seconds that each task took, mapped ones together."""
    seconds: dict[str, float] = {}
    for each in tasks:
        seconds[each["task_id"]] = seconds.get(each["task_id"], 0.0) + (each["duration"] or 0.0)
    return ", ".join(f"{name} {value:.0f}" for name, value in seconds.items())


def left(home: Home) -> list[str]:
    """Processes of a home that run on after the lease."""
    if home.seconds_until_nothing_runs(2 * kill.LEASE_SECONDS) is None:
        return [f"runs on: {command[:80]}" for command in home.processes().values()]
    return []
