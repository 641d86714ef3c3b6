"""What people start under the real scheduler: a backfill, forms, maintenance. And who is told when a run fails or is late."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import HTTPServer
from typing import Any

from jobs.local_airflow import LocalAirflow, airflow
from jobs.lock import BEIJING
from jobs.province.plan import Plan
from jobs.publication import listing
from jobs.redeliver import PULL, REPLAY
from lakehouse import audit
from lakehouse.settings import Settings
from tests.listeners import Hook, listening
from tests.proofs import kill
from tests.proofs.processes import Home
from tests.proofs.scheduler import CONNECTION, NIGHTLY, PATIENCE, SOON, Report, Stage, by_hand, ended, left

PLAN = Plan(points=12, nights=3)
POINT, WHY = "P001", "a register was wrong"
DAGS = [NIGHTLY, "redeliver", "maintenance", "hold_release"]
CLOCK = timedelta(hours=2)  # When `nightly` begins, in Beijing.


@dataclass(frozen=True)
class Scene:
    """An Airflow over a province whose nights were taken by hand beside it. told: alerts that came to a webhook."""

    stage: Stage
    hand: Home
    flown: Home
    running: LocalAirflow
    told: list[dict[str, Any]] = field(repr=False)

    @property
    def settings(self) -> Settings:
        """Of the lake that Airflow writes."""
        return Settings(self.flown.folder, self.flown.site, self.flown.keys)

    def done(self, dag: str, **conf: str) -> str:
        """Run a DAG now; the state in which it ends."""
        return ended(self.running, self.running.run(dag, conf, datetime.now(BEIJING)), dag)

    def alerts(self, kind: str) -> int:
        """How many alerts of a kind have come."""
        return sum(each["kind"] == kind for each in self.told)


@contextmanager
def scene(stage: Stage) -> Iterator[Scene]:
    """The nights by hand, and an Airflow that has taken none, without those of the clock."""
    hand, _ = by_hand(stage)
    flown = stage.home("flown")
    with listening(HTTPServer(("127.0.0.1", 0), Hook)) as hook:
        told = {"LAKEHOUSE_ALERTS_WEBHOOK": f"http://127.0.0.1:{hook.server_address[1]}/"}
        settings = Settings(flown.folder, flown.site, flown.keys)
        with airflow(flown.folder / "airflow", settings, {CONNECTION: stage.connection}, **SOON, **told) as running:
            running.ready(DAGS)
            _leave_out_the_clocks_run(running)
            yield Scene(stage, hand, flown, running, hook.kept)


def _leave_out_the_clocks_run(running: LocalAirflow) -> None:
    """The run that the clock would start at once takes whatever is there: it is said to be done."""
    now = datetime.now(BEIJING)
    ticked = (now - CLOCK).replace(hour=0, minute=0, second=0, microsecond=0) + CLOCK
    logical = (ticked - timedelta(days=1)).isoformat()
    run = running.ask("POST", f"/dags/{NIGHTLY}/dagRuns", {"logical_date": logical})["dag_run_id"]
    running.ask("PATCH", f"/dags/{NIGHTLY}/dagRuns/{run}", {"state": "success"})


def backfill(it: Scene) -> Iterator[str]:
    """Airflow's own backfill takes the nights in their order, each to a publication of its own."""
    nights = it.stage.nights
    asked = {
        "dag_id": NIGHTLY,
        "from_date": f"{nights[0]}T00:00:00+08:00",
        "to_date": f"{nights[-1]}T23:59:59+08:00",
        "reprocess_behavior": "failed",
        "max_active_runs": 1,
    }
    number = it.running.ask("POST", "/backfills", asked)["id"]
    it.running.unpause(DAGS)
    deadline = time.monotonic() + PATIENCE
    while it.running.ask("GET", f"/backfills/{number}")["completed_at"] is None and time.monotonic() < deadline:
        time.sleep(1)
    if (found := [str(made.night) for made in listing(it.settings)]) != nights:
        yield f"publications of {found}"
    yield from kill.differences(kill.state(it.hand), kill.state(it.flown))


def forms(it: Scene) -> Iterator[str]:
    """A point pulled again, and its originals replayed: the same tables, and a line of who and why for each."""
    before, nights = kill.state(it.flown)[0], it.stage.nights
    dates = {"point": POINT, "first": nights[0], "last": nights[-1], "reason": WHY}
    for way in (PULL, REPLAY):
        runs = len(_runs(it.running))
        if (state := it.done("redeliver", way=way, **dates)) != "success":
            yield f"{way} ended as {state}"
        after = _runs(it.running)
        if len(after) != runs + 1 or ended(it.running, after[-1]) != "success":
            yield f"{way}: {len(after) - runs} nights followed"
    if kill.state(it.flown)[0] != before:
        yield "the tables differ"
    noted = [(line["action"], line["point"], line["why"]) for line in audit.trail(it.settings)]
    if noted != [(f"redeliver.{way}", POINT, WHY) for way in ("pull", "replay")]:
        yield f"the audit trail has {noted}"


def _runs(running: LocalAirflow) -> list[str]:
    """Runs of `nightly`, the last one last."""
    said = running.ask("GET", f"/dags/{NIGHTLY}/dagRuns?limit=100&order_by=run_after")
    return [str(each["dag_run_id"]) for each in said["dag_runs"]]


def maintenance(it: Scene) -> Iterator[str]:
    """It ends well, and what is published stays as it was. What it removes, its own tests show."""
    before = kill.state(it.flown)
    if (state := it.done("maintenance")) != "success":
        yield f"it ended as {state}"
    yield from kill.differences(before, kill.state(it.flown))


def failure(it: Scene) -> Iterator[str]:
    """A form without a reason fails at its first try, and people are told."""
    before = it.alerts("failed")
    dates = {"point": POINT, "first": it.stage.nights[0], "last": it.stage.nights[-1], "way": PULL, "reason": ""}
    run = it.running.run("redeliver", dates, datetime.now(BEIJING))
    if (state := ended(it.running, run, "redeliver")) != "failed":
        yield f"it ended as {state}"
    if (tries := max(each["try_number"] for each in it.running.tasks("redeliver", run))) != 1:
        yield f"it was tried {tries} times"
    yield from _told(it, "failed", before)


def deadline(it: Scene) -> Iterator[str]:
    """A night that is not done by its deadline: people are told. The twelve hours are let pass in Airflow's database."""
    before = it.alerts("deadline")
    it.running.ask("PATCH", f"/dags/{NIGHTLY}", {"is_paused": True})
    it.running.run(NIGHTLY, {"night": it.stage.nights[-1]}, datetime.now(BEIJING))
    with closing(sqlite3.connect(it.flown.folder / "airflow" / "airflow.db", timeout=60)) as database, database:
        moved = database.execute("update deadline set deadline_time = datetime('now', '-1 hour')").rowcount
    if moved < 1:
        yield "the run has no deadline"
    yield from _told(it, "deadline", before)


def _told(it: Scene, kind: str, before: int) -> Iterator[str]:
    until = time.monotonic() + PATIENCE / 10
    while it.alerts(kind) == before and time.monotonic() < until:
        time.sleep(1)
    if (count := it.alerts(kind) - before) != 1:
        yield f"{count} alerts came"


ACTS: tuple[Callable[[Scene], Iterator[str]], ...] = (backfill, forms, maintenance, failure, deadline)


def play(stage: Stage, report: Report) -> Iterator[tuple[str, list[str]]]:
    """Each act, and what went wrong in it; last, what runs on."""
    with scene(stage) as it:
        for act in ACTS:
            wrong = list(act(it))
            report(f"{act.__name__}: {wrong or 'as it should'}")
            yield act.__name__, wrong
        flown = it.flown
    yield "nothing left", left(flown)
