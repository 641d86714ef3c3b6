"""A night: from the points' offers to a publication. Every step can be run again; a killed night is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from pyspark.sql import SparkSession

from jobs import ledger
from jobs.batch import declared_rows, land_batch, merge_batch, stage_batch
from jobs.gate import run_gate
from jobs.lake import create_all, pins
from jobs.landing.land import land_night
from jobs.ledger import Batch
from jobs.lock import lock
from jobs.publication import Publication, current
from jobs.publish import build_marts, publish_lake
from jobs.serving import serve
from jobs.shelves import unbatched
from jobs.spark import suit
from jobs.spark_lease import session_for_the_night
from jobs.transports.connections import Secrets
from lakehouse.console import Reporter
from lakehouse.errors import DamageError, LakehouseError
from lakehouse.settings import Settings
from warehouse_models import registry

Engine: TypeAlias = Callable[[Settings], AbstractContextManager[SparkSession]]


@dataclass(frozen=True)
class NightReport:
    """What a run did. batches: ids of what it took, none when nothing was new.   publication: what readers see now."""

    batches: tuple[str, ...]
    publication: Publication | None


def run_night(
    settings: Settings,
    first: date,
    last: date,
    points: Sequence[str] | None = None,
    report: Reporter | None = None,
    engine: Engine = session_for_the_night,
) -> NightReport:
    """Take business dates from the points' offers to a publication.

    What a killed run left is finished first. Raises BusyError while another run holds the lake, DamageError when an
    account does not balance, and what is wrong with the declarations; what readers see stays as it was then.
    """
    report = report or Reporter(quiet=True)
    with lock(settings):
        pull_and_land(settings, first, last, points, report)
        if not has_work(settings):
            report.line("没有新的交付 Nothing new: every table stays as it is.")
            return NightReport((), served(settings))
        with engine(settings) as spark:
            done = tuple(run_batch(spark, settings, batch, report) for batch in _batches(settings, last, report))
        return NightReport(done, current(settings))


def pull_and_land(
    settings: Settings,
    first: date,
    last: date,
    points: Sequence[str] | None,
    report: Reporter,
    secrets: Secrets | None = None,
) -> None:
    """Take what the points offer, up to the cut-off of the last night."""
    ledger.settle_rejections(settings)
    with report.step("拉取与落地 pull and land"):
        land_night(
            settings,
            first,
            last,
            points,
            lambda done, total, line: _told(report, done, total, line),
            secrets=secrets,
        )


def _told(report: Reporter, done: int, total: int, line: str) -> None:
    """A line about a delivery is of the moment; one about a point that cannot be reached stays."""
    if total:
        report.doing(f"landing {done}/{total}  {line}")
    else:
        report.line(line)


def has_work(settings: Settings) -> bool:
    """Whether a batch is unfinished, or something has landed or been released that no batch has taken."""
    return bool(ledger.unfinished(settings) or unbatched(settings) or ledger.released_not_merged(settings))


def _batches(settings: Settings, night: date, report: Reporter) -> Iterator[Batch]:
    """What a killed run began, then what is new."""
    while has_work(settings):
        yield open_or_resume(settings, night, report)


def open_or_resume(settings: Settings, night: date, report: Reporter) -> Batch:
    """The unfinished batch, or a new one of everything that no batch has taken. Raises NIGHT-003 when there is nothing."""
    registry.demand()
    create_all(settings)
    if left := ledger.unfinished(settings):
        report.line(f"继续未完成的批次 Taking up batch {left.id}")
        return left
    if not has_work(settings):
        raise LakehouseError("NIGHT-003", "No delivery waits to be taken.", do="Run `lakehouse land` first.")
    ledger.settle_rejections(settings)
    return ledger.open_batch(settings, night, unbatched(settings), pins(settings), ledger.released_not_merged(settings))


def run_batch(spark: SparkSession, settings: Settings, batch: Batch, report: Reporter) -> str:
    """One batch from landed files to the serving file."""
    land_batch(settings, batch)
    suit(spark, declared_rows(settings, batch))
    with report.step("分级暂存 stage"):
        stage_batch(spark, settings, batch, report)
    with report.step("质量门 gate"):
        held = [verdict for verdict in run_gate(settings, batch) if verdict.verdict == "hold"]
    with report.step("合并 merge"):
        merge_batch(spark, settings, batch, report)
    with report.step("集市 marts"):
        build_marts(spark, settings, batch)
    with report.step("发布 publish"):
        publication = publish_batch(spark, settings, batch)
        close_batch(settings, batch)
    told = f"{len(batch.deliveries)} 交付 deliveries, {len(held)} 暂缓 held, 发布 publication {publication.number}"
    report.line(f"批次 batch {batch.id}: {told}")
    return batch.id


def publish_batch(spark: SparkSession, settings: Settings, batch: Batch) -> Publication:
    """Publish a batch whose accounts balance. Raises DamageError when one does not."""
    _balance(settings)
    return publish_lake(spark, settings, batch)[0]


def close_batch(settings: Settings, batch: Batch) -> None:
    """Write the serving file of what readers see, and close a batch that is published."""
    served(settings)
    ledger.finish(settings, batch)


def served(settings: Settings) -> Publication | None:
    """The publication that readers see, with its serving file in place."""
    publication = current(settings)
    if publication is not None:
        serve(settings, publication)
    return publication


def _balance(settings: Settings) -> None:
    """A figure may not rest on an account that does not balance."""
    wrong = ledger.unbalanced(settings)
    if wrong.num_rows:
        first = wrong.slice(0, 1).to_pylist()[0]
        raise DamageError(
            "LEDGER-010",
            f"{wrong.num_rows} accounts do not balance.",
            where=f"{first['point_id']} {first['business_date']} {first['table']}",
            do="See `lakehouse ledger`; nothing was published.",
        )
