"""The steps of a night, each by itself, as tasks of a scheduler call them.

Arguments and results are names, numbers and dates as text; no value of a patient and no secret is among them. Each step
holds the lake for as long as it works, and waits LAKEHOUSE_LOCK_WAIT seconds (default 1800) for another one that does.
A step that was done before, by this run or by a person, is not done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from jobs import alerts, ledger, lineage, night, publication, spark_lease
from jobs.arrivals import late
from jobs.batch import declared_rows, land_batch, merge_batch, stage_batch
from jobs.gate import run_gate
from jobs.landing.due import looks
from jobs.ledger import Batch
from jobs.lock import lock, wait_seconds
from jobs.publish import build_marts
from jobs.shelves import unbatched
from jobs.spark import suit
from lakehouse.console import Reporter
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models import registry

Result = TypeVar("Result")


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


def publish(settings: Settings, batch: str) -> dict[str, dict[str, Any]]:
    """Publish: rows and digest of every mart, with the number of the publication.

    Raises DamageError when an account does not balance; what readers see stays as it was.
    """
    _on_spark(settings, batch, "publish", lambda spark, taken: night.publish_batch(spark, settings, taken))
    shown = publication.shown(settings)
    pins = {name: shown.tables[name] for name in registry.marts() if name in shown.tables}
    return {
        name: {"rows": pin["rows"], "digest": pin["digest"], "publication": shown.number} for name, pin in pins.items()
    }


def serve(settings: Settings, batch: str) -> None:
    """Write the serving file of the publication, close the batch, and tell where its tables come from."""
    with lock(settings, wait_seconds()):
        night.close_batch(settings, _named(settings, batch))
    lineage.emit(settings, batch)


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
            "NIGHT-007", "There is no such batch.", where=batch, do="Run the night's first tasks again."
        )
    return found[0]


def quiet() -> Reporter:
    """A reporter for tasks, whose scheduler says itself what is going on."""
    return Reporter(quiet=True)
