"""Marts: for each, the months that an input touched are computed anew and replaced in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs import lake, ledger, scan
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.mart import MartTable

ACCOUNT = "ledger.account"


def build(spark: SparkSession, settings: Settings, mart: MartTable, months: Sequence[str]) -> None:
    """Replace the given months of a mart by what its inputs say now. Twice is the same as once."""
    if not months:
        return
    frames: dict[str, Any] = {name.rpartition(".")[2]: _input(spark, settings, name, months) for name in mart.inputs}
    rows = spark.sql(registry.sql_of(mart), **frames)
    listed = ", ".join(f"'{month}'" for month in months)
    writer = rows.coalesce(1).write.format("delta").mode("overwrite").partitionBy(mart.month)
    writer.option("replaceWhere", f"{mart.month} in ({listed})").save(str(lake.mart_path(settings, mart)))


def _input(spark: SparkSession, settings: Settings, name: str, months: Sequence[str]) -> DataFrame:
    """Live rows of an input in the months; a mart never sees a tombstone."""
    if name == ACCOUNT:
        return _accounts(spark, settings, months)
    table = registry.conformed()[name]
    return scan.rows(spark, lake.table_path(settings, table), month=months).where("not is_deleted")


def _accounts(spark: SparkSession, settings: Settings, months: Sequence[str]) -> DataFrame:
    """The ledger's accounts of business dates in the months."""
    return spark.createDataFrame(ledger.accounts(settings, months=list(months)))


def months_of(mart: MartTable, touched: Mapping[str, Sequence[str]]) -> list[str]:
    """The months to build: those in which any input was touched."""
    return sorted({month for name in mart.inputs for month in touched.get(name, ())})
