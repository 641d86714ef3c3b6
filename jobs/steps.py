"""The steps of a night, each by itself, as tasks of a scheduler call them.

Arguments and results are names, numbers and dates as text; no value of a patient and no secret is among them. Each step
holds the lake for as long as it works, and waits LAKEHOUSE_LOCK_WAIT seconds (default 1800) for another one that does.
A step that was done before, by this run or by a person, is not done again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from jobs import alerts, ledger, night, spark_lease
from jobs.batch import declared_rows, land_batch, merge_batch, stage_batch
from jobs.gate import run_gate
from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.pull import cut_off
from jobs.landing.record import read_record
from jobs.ledger import Batch
from jobs.lock import landing_lock, lock
from jobs.publication import current
from jobs.publish import build_marts
from jobs.shelves import unbatched
from jobs.site import load_points
from jobs.spark import suit
from jobs.transports.connections import Secrets
from jobs.transports.faults import FAULTS
from lakehouse.console import Reporter
from lakehouse.errors import LakehouseError, PassingError
from lakehouse.settings import Settings
from warehouse_models import registry

AT_MOST = 64  # Tasks of one kind: a scheduler needs about a second for each.
Item = TypeVar("Item")
Result = TypeVar("Result")


def wait_seconds() -> float:
    """For how long a step waits for another one that holds the lake."""
    return float(os.environ.get("LAKEHOUSE_LOCK_WAIT", "1800"))


def chunks(settings: Settings, at_most: int = AT_MOST) -> list[list[str]]:
    """The site's points in so many groups at most, each as large as the others, give or take one."""
    return in_groups([point.id for point in load_points(settings)], at_most)


def in_groups(items: Sequence[Item], at_most: int) -> list[list[Item]]:
    """Everything in so many groups at most, neighbours apart: the large hospitals have the first ids."""
    count = min(at_most, len(items))
    return [list(items[place::count]) for place in range(count)]


def land(
    settings: Settings, day: str, points: Sequence[str], secrets: Secrets | None = None, tries_left: int = 0
) -> dict[str, Any]:
    """Land what points offer: deliveries by status, and points that cannot be reached, with the code of the reason.

    While tries are left, raises LAND-005 for points that may be reached a little later; what came is landed by then.
    """
    last = date.fromisoformat(day)
    with landing_lock(settings, points, wait_seconds()):
        landed = land_night(settings, last, last, points, workers=1, secrets=secrets)
    found = {point: look.code for point, look in looks(settings).items() if point in points and look.code}
    passing = sorted(point for point, code in found.items() if code in FAULTS and FAULTS[code].again)
    if passing and tries_left:
        raise PassingError(
            "LAND-005",
            "Points cannot be reached just now.",
            where=", ".join(f"{point} {found[point]}" for point in passing),
            do="It is tried again; if it stays so, see `lakehouse status`.",
        )
    return {**Counter(delivery.status for delivery in landed), "away": found}


def late(settings: Settings, day: str) -> list[str]:
    """Points that are expected and have delivered nothing of that business date."""
    expected = [point.id for point in load_points(settings) if point.connected_from <= date.fromisoformat(day)]
    return [point for point in expected if not _is_in(settings, point, day)]


def _is_in(settings: Settings, point: str, day: str) -> bool:
    """Whether something of the date has landed; a refused delivery is still to be mended."""
    folders = (settings.landing / point).glob(f"{day}-*")  # Folders begin with the business date.
    return any(read_record(folder).status != "refused" for folder in folders)


def gathered(settings: Settings, day: str, now: datetime, secrets: Secrets | None = None) -> bool:
    """Whether the night can go on: everything expected is in, or its cut-off has passed. Asks late points once more.

    now: Beijing time. It decides only how long to wait; what a night takes is decided by the stamps of the deliveries.
    """
    missing = late(settings, day)
    if not missing or now >= cut_off(date.fromisoformat(day)):
        return True
    land(settings, day, missing, secrets)
    return not late(settings, day)


def open_batch(settings: Settings, day: str) -> str | None:
    """Record what the night takes: id of the batch; None when there is nothing new. Tells who is late.

    A batch that a killed run left is the night's own where nothing else is new, and is finished first otherwise.
    """
    if missing := late(settings, day):
        alerts.tell("late", day, missing)
    if away := [f"{point}: {look.why}" for point, look in looks(settings).items() if look.why and look.night == day]:
        alerts.tell("away", day, away)
    with lock(settings, wait_seconds()):
        ledger.settle_rejections(settings)
        left = ledger.unfinished(settings)
        if left and (unbatched(settings) or ledger.released_not_merged(settings)):
            with spark_lease.session(settings, f"{left.id}/left") as spark:
                night.run_batch(spark, settings, left, quiet())
        if not night.has_work(settings):
            night.served(settings)
            return None
        return night.open_or_resume(settings, date.fromisoformat(day), quiet()).id


def stage(settings: Settings, batch: str) -> dict[str, int]:
    """Type and check what the batch brings: numbers of deliveries and of declared rows."""

    def do(spark: SparkSession, taken: Batch) -> None:
        land_batch(settings, taken)
        stage_batch(spark, settings, taken, quiet())

    _on_spark(settings, batch, "stage", do)
    taken = _named(settings, batch)
    return {"deliveries": len(taken.deliveries), "rows": declared_rows(settings, taken)}


def gate(settings: Settings, batch: str) -> dict[str, int]:
    """Judge the batch's deliveries: numbers by verdict. Tells which are held."""
    with lock(settings, wait_seconds()):
        taken = _named(settings, batch)
        verdicts = ledger.verdicts(settings, taken) if taken.done else run_gate(settings, taken)
    if held := [verdict.id for verdict in verdicts if verdict.verdict == "hold"]:
        alerts.tell("held", str(taken.night), held)
    return dict(Counter(verdict.verdict for verdict in verdicts))


def merge(settings: Settings, batch: str) -> None:
    """Merge what passed or was released."""
    _on_spark(settings, batch, "merge", lambda spark, taken: merge_batch(spark, settings, taken, quiet()))


def marts(settings: Settings, batch: str) -> None:
    """Build the months of marts that the batch touched."""
    _on_spark(settings, batch, "marts", lambda spark, taken: build_marts(spark, settings, taken))


def publish(settings: Settings, batch: str) -> dict[str, Any]:
    """Publish, write the serving file, close the batch: number of the publication, rows and digest of every mart.

    Raises DamageError when an account does not balance; what readers see stays as it was.
    """
    _on_spark(settings, batch, "publish", lambda spark, taken: night.finish_batch(spark, settings, taken))
    shown = current(settings)
    pins = shown.tables if shown else {}
    told = {
        name: {"rows": pins[name]["rows"], "digest": pins[name]["digest"]} for name in registry.marts() if name in pins
    }
    return {"publication": shown and shown.number, "marts": told}


def _on_spark(settings: Settings, batch: str, step: str, do: Callable[[SparkSession, Batch], Result]) -> Result | None:
    """Do something with the batch on the shared server, unless the batch is done."""
    with lock(settings, wait_seconds()):
        taken = _named(settings, batch)
        if taken.done:
            return None
        with spark_lease.session(settings, f"{batch}/{step}") as spark:
            suit(spark, declared_rows(settings, taken))
            return do(spark, taken)


def _named(settings: Settings, batch: str) -> Batch:
    found = [each for each in ledger.batches(settings) if each.id == batch]
    if not found:
        raise LakehouseError(
            "NIGHT-006", "There is no such batch.", where=batch, do="Run the night's first tasks again."
        )
    return found[0]


def quiet() -> Reporter:
    """A reporter for tasks, whose scheduler says itself what is going on."""
    return Reporter(quiet=True)
