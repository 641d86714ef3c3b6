"""A night: from the points' offers to a publication. Every step can be run again; a killed night is taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql.connect.session import SparkSession

from jobs import ledger
from jobs.batch import gate_batch, land_batch, merge_batch, stage_batch
from jobs.lake import create_all, pins
from jobs.landing.land import land_night
from jobs.lock import lock
from jobs.publish import build_marts, publish_lake
from jobs.publication import Publication, current
from jobs.serving import serve
from jobs.shelves import unbatched
from jobs.spark import spark_for_the_night
from lakehouse.console import Reporter
from lakehouse.errors import DamageError
from lakehouse.settings import Settings


@dataclass(frozen=True)
class NightReport:
    """What a run did. batches: ids of what it took, none when nothing was new.   publication: what readers see now."""

    batches: tuple[str, ...]
    publication: Publication | None


def run_night(
    settings: Settings, first: date, last: date, points: Sequence[str] | None = None, reporter: Reporter | None = None
) -> NightReport:
    """Take business dates from the points' offers to a publication.

    What a killed run left is finished first. Raises BusyError while another run holds the lake, DamageError when an
    account does not balance; what readers see stays as it was then.
    """
    report = reporter or Reporter(quiet=True)
    with lock(settings):
        ledger.settle_rejections(settings)
        with report.step("拉取与落地 pull and land"):
            land_night(settings, first, last, points, lambda done, total, line: report.doing(f"landing {done}/{total}  {line}"))
        waiting = unbatched(settings), ledger.released_not_merged(settings)
        if not ledger.unfinished(settings) and not any(waiting):
            report.line("没有新的交付 Nothing new: every table stays as it is.")
            return NightReport((), _served(settings))
        with spark_for_the_night(settings) as spark:
            return NightReport(tuple(_run_batches(spark, settings, last, report)), current(settings))


def _run_batches(spark: SparkSession, settings: Settings, night: date, report: Reporter) -> list[str]:
    """Finish what a killed run began, then take what is new."""
    with report.step("建表 tables"):
        create_all(spark, settings)
    done = []
    if left := ledger.unfinished(settings):
        report.line(f"继续未完成的批次 Taking up batch {left.id} again")
        done.append(run_batch(spark, settings, left, report))
    deliveries, released = unbatched(settings), ledger.released_not_merged(settings)
    if deliveries or released:
        batch = ledger.open_batch(settings, night, deliveries, pins(settings), released)
        done.append(run_batch(spark, settings, batch, report))
    return done


def run_batch(spark: SparkSession, settings: Settings, batch: ledger.Batch, report: Reporter) -> str:
    """One batch from landed files to the serving file."""
    land_batch(settings, batch)
    with report.step("分级暂存 stage"):
        stage_batch(spark, settings, batch, report)
    with report.step("质量门 gate"):
        verdicts = gate_batch(settings, batch)
    with report.step("合并 merge"):
        touched = merge_batch(spark, settings, batch, verdicts, report)
    _balance(settings)
    with report.step("集市 marts"):
        touched = build_marts(spark, settings, batch, touched)
    with report.step("发布 publish"):
        publication, _ = publish_lake(spark, settings, batch, touched)
        serve(settings, publication)
    ledger.finish(settings, batch)
    held = [verdict for verdict in verdicts if verdict.verdict == "hold"]
    report.line(f"批次 batch {batch.id}: {len(batch.deliveries)} 交付 deliveries, {len(held)} 暂缓 held, 发布 publication {publication.number}")
    return batch.id


def _served(settings: Settings) -> Publication | None:
    """The publication that readers see, with its serving file in place."""
    publication = current(settings)
    if publication is not None:
        serve(settings, publication)
    return publication


def _balance(settings: Settings) -> None:
    """Stop the night when an account does not balance: a figure may not rest on it."""
    wrong = ledger.unbalanced(settings)
    if wrong.num_rows:
        first = wrong.slice(0, 1).to_pylist()[0]
        raise DamageError(
            "LEDGER-010",
            f"{wrong.num_rows} accounts do not balance.",
            where=f"{first['point_id']} {first['business_date']} {first['table']}",
            do="See `lakehouse ledger`; nothing was published.",
        )
