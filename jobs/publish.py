"""The end of a batch: marts of the touched months, digests of what changed, one publication of everything."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs import lake
from jobs.batch import in_parallel, touched_months
from jobs.digest import month_digests, whole
from jobs.duck import connect
from jobs.ledger import Batch
from jobs.marts import ACCOUNT, build, months_of
from jobs.publication import Publication, listing, publish
from lakehouse.settings import Settings
from warehouse_models.contract import ConformedTable
from warehouse_models.mart import MartTable
from warehouse_models.registry import conformed, marts


def build_marts(spark: SparkSession, settings: Settings, batch: Batch, names: Collection[str] | None = None) -> None:
    """Build the touched months of every mart, or of the named ones."""
    months = mart_months(settings, batch)
    in_parallel(
        lambda name: build(spark, settings, marts()[name], months[name]),
        [name for name in months if names is None or name in names],
    )


def mart_months(settings: Settings, batch: Batch) -> dict[str, list[str]]:
    """The months of each mart in which the batch has touched an input."""
    known = {**touched_months(settings, batch), ACCOUNT: _account_months(settings, batch)}
    return {name: months_of(mart, known) for name, mart in marts().items()}


def _account_months(settings: Settings, batch: Batch) -> list[str]:
    """Months of the business dates on whose accounts the batch, or a decision of a person, has posted."""
    folder = settings.ledger / "postings"
    files = [str(file) for pattern in (f"{batch.id}-*.parquet", "decision-*.parquet") for file in folder.glob(pattern)]
    found = connect().execute(
        "select distinct strftime(business_date, '%Y-%m') from read_parquet(?) where business_date is not null", [files]
    )
    return sorted(month for (month,) in found.fetchall())


def publish_lake(spark: SparkSession, settings: Settings, batch: Batch) -> tuple[Publication, bool]:
    """Pin every table at its version, with digests: of touched tables as they stand, of the others as published before."""
    touched = {**touched_months(settings, batch), **mart_months(settings, batch)}
    before = listing(settings)
    known: Mapping[str, Mapping[str, Any]] = before[-1].tables if before else {}
    tables: dict[str, ConformedTable | MartTable] = {**conformed(), **marts()}

    def pin(name: str) -> dict[str, Any]:
        return _pin(spark, settings, tables[name], known.get(name), touched.get(name))

    return publish(settings, batch.night, dict(zip(tables, in_parallel(pin, list(tables)), strict=True)))


def _pin(
    spark: SparkSession,
    settings: Settings,
    table: ConformedTable | MartTable,
    known: Mapping[str, Any] | None,
    touched: Sequence[str] | None,
) -> dict[str, Any]:
    path, month = _place(settings, table)
    months: Mapping[str, Any] = known["months"] if known else {}
    if touched is not None and (month is None or touched):
        cache = settings.ledger / "digests" / f"{table.name}.json"
        months = month_digests(spark, path, table.digest_columns, month, isinstance(table, ConformedTable), cache)
    return {"version": lake.version(path), **whole(months), "months": months}


def _place(settings: Settings, table: ConformedTable | MartTable) -> tuple[Path, str | None]:
    """Where a table lies, and the column of its months."""
    if isinstance(table, MartTable):
        return lake.mart_path(settings, table), table.month
    return lake.table_path(settings, table), "month" if table.has_months else None
