"""`lakehouse night`: the dated spine; and its steps, each of which runs alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import click
from pyspark.sql import SparkSession

from jobs import batch as steps
from jobs import gate as gates
from jobs import ledger, night, publish
from jobs.lock import lock
from jobs.spark import suit
from jobs.spark_lease import session_for_the_night
from lakehouse.console import Reporter
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment
from warehouse_models import registry

DATE = click.option("--date", "day", metavar="DATE", help="One business date, YYYY-MM-DD.")
NIGHTS = click.option("--nights", metavar="FROM:TO", help="Several business dates, taken in one run.")
NOT_SO_FAR = "The open batch is not as far as that."
POINTS = click.option("--point", "points", multiple=True, metavar="ID", help="Only these points (may be repeated).")
TABLES = click.option("--table", "tables", multiple=True, metavar="NAME", help="Only these tables (may be repeated).")


@click.command("night")
@DATE
@NIGHTS
@POINTS
def night_command(day: str | None, nights: str | None, points: tuple[str, ...]) -> None:
    """Take business dates from the points' offers to a publication.

    Run it as often as you like: what has been taken is not taken again, and a killed run is finished first.
    """
    first, last = _dates(day, nights)
    night.run_night(from_environment(), first, last, points or None, Reporter())


@click.command()
@DATE
@NIGHTS
@POINTS
def land(day: str | None, nights: str | None, points: tuple[str, ...]) -> None:
    """Pull what the points offer, verify it, replace identifiers by tokens, seal the originals."""
    first, last = _dates(day, nights)
    settings = from_environment()
    with lock(settings):
        night.pull_and_land(settings, first, last, points or None, Reporter())


@click.command()
@DATE
@TABLES
def stage(day: str | None, tables: tuple[str, ...]) -> None:
    """Type and check what has landed. Opens a batch of everything that no batch has taken, or goes on with the open one."""
    settings, report = from_environment(), Reporter()
    with lock(settings), session_for_the_night(settings) as session:
        batch = night.open_or_resume(settings, _dates(day, None)[1], report)
        steps.land_batch(settings, batch)
        suit(session, steps.declared_rows(settings, batch))
        with report.step("分级暂存 stage"):
            steps.stage_batch(session, settings, batch, report, _known(tables, set(registry.exchange())))


@click.command()
def gate() -> None:
    """Judge the deliveries of the open batch, all tables of which are staged: pass, warn or hold."""
    settings, report = from_environment(), Reporter()
    with lock(settings):
        for verdict in gates.run_gate(settings, _staged_batch(settings)):
            if verdict.verdict != "pass":
                report.line(f"{verdict.id}: {verdict.verdict}")


@click.command()
@TABLES
def merge(tables: tuple[str, ...]) -> None:
    """Merge the passed and released deliveries of the open batch. Parents come before their children, also where only a
    child is named."""
    with judged_batch() as (session, settings, batch, report), report.step("合并 merge"):
        named = _known(tables, set(registry.exchange()))
        steps.merge_batch(session, settings, batch, report, named and _with_parents(named))


@click.command()
@click.option("--mart", "names", multiple=True, metavar="NAME", help="Only these marts (may be repeated).")
def marts(names: tuple[str, ...]) -> None:
    """Build the months of marts that the open batch has touched."""
    with judged_batch() as (session, settings, batch, report), report.step("集市 marts"):
        publish.build_marts(session, settings, batch, _known(names, set(registry.marts())))


@contextmanager
def judged_batch() -> Iterator[tuple[SparkSession, Settings, ledger.Batch, Reporter]]:
    """The lake, held, with the open batch and a Spark that suits it. Raises NIGHT-004 when no batch is open, NIGHT-008 when
    it is not staged or not judged."""
    settings = from_environment()
    with lock(settings):
        batch = _staged_batch(settings)
        if not ledger.is_judged(settings, batch):
            raise LakehouseError("NIGHT-008", NOT_SO_FAR, where="not judged", do="Run `lakehouse gate` first.")
        with session_for_the_night(settings) as session:
            suit(session, steps.declared_rows(settings, batch))
            yield session, settings, batch, Reporter()


def _staged_batch(settings: Settings) -> ledger.Batch:
    if (batch := ledger.unfinished(settings)) is None:
        raise LakehouseError("NIGHT-004", "No batch is open.", do="Run `lakehouse stage` first, or `lakehouse night`.")
    if left := steps.unstaged(settings, batch):
        where = f"not staged: {', '.join(left)}"
        raise LakehouseError("NIGHT-008", NOT_SO_FAR, where=where, do="Run `lakehouse stage` first.")
    steps.land_batch(settings, batch)  # A kill may have come before what landed was posted.
    return batch


def _with_parents(tables: tuple[str, ...]) -> tuple[str, ...]:
    """The tables and all that their rows belong to, near and far: a child is judged by what its parents hold."""
    parents = {parent.table for table in tables for parent in registry.exchange()[table].parents}
    return tables if parents <= set(tables) else _with_parents(tuple({*tables, *parents}))


def _known(asked: tuple[str, ...], names: set[str]) -> tuple[str, ...] | None:
    """The tables or marts asked for; None for all. Raises NIGHT-005 for a name that does not exist."""
    if unknown := sorted(set(asked) - names):
        raise LakehouseError(
            "NIGHT-005", f"There is no table {unknown[0]}.", do=f"Name one of {', '.join(sorted(names))}."
        )
    return asked or None


def _dates(day: str | None, nights: str | None) -> tuple[date, date]:
    """The first and last business date asked for."""
    asked = [day, day] if day and not nights else (nights or "").split(":") if nights and not day else []
    try:
        first, last = (date.fromisoformat(text or "") for text in asked)
    except ValueError:
        do = "Give --date YYYY-MM-DD, or for a night --nights YYYY-MM-DD:YYYY-MM-DD."
        raise LakehouseError("NIGHT-002", "Say which night.", do=do) from None
    return first, last
