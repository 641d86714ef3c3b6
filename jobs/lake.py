"""Delta tables of the lake: where they lie, how they are made, and what stands in them at a version."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from pyspark.sql import SparkSession

from jobs.projection import staged_columns
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.contract import ORIGINAL_EVENT_ON, Column, ConformedTable, MartTable

# Where a table lies, its schema, what it is partitioned by, and the columns that its log keeps statistics on.
Shape: TypeAlias = tuple[Path, list[str], tuple[str, ...], tuple[str, ...]]
# Versions stay readable for the last publications; files of older ones may be removed by maintenance.
RETENTION = {"delta.deletedFileRetentionDuration": "interval 30 days", "delta.logRetentionDuration": "interval 60 days"}
STAGED_META = {
    "batch": "string",
    "accepted": "boolean",
    "delivery": "string",
    "point_id": "string",
    "business_date": "date",
    "sequence": "int",
    "kind": "string",
    "row_number": "bigint",
    "bad": "bigint",
    "fen": "bigint",
    "unmapped": "int",
    "coded": "int",
    "repaired": "int",
    "nulls": "int",
    "month": "string",
}


def staged_path(settings: Settings, table: ConformedTable) -> Path:
    """Typed and judged rows of every batch."""
    return settings.lake / "staged" / table.source.name


def waiting_path(settings: Settings, table: ConformedTable) -> Path:
    """Sound rows whose parents have not come yet."""
    return settings.lake / "waiting" / table.source.name


def table_path(settings: Settings, table: ConformedTable) -> Path:
    """A table of one of the four databases."""
    return settings.lake / table.name.replace(".", "/")


def mart_path(settings: Settings, mart: MartTable) -> Path:
    """A mart."""
    return settings.lake / "marts" / mart.name


def exists(path: Path) -> bool:
    """Whether a Delta table lies there."""
    return (path / "_delta_log" / "00000000000000000000.json").exists()


def version(path: Path) -> int:
    """The newest version of a table. The log names it; nobody else writes while a night holds the lock."""
    return max(int(file.stem) for file in (path / "_delta_log").glob("[0-9]*.json"))


def as_of(path: Path, number: int) -> str:
    """SQL of a table at a version. Only a batch that is taken up again finds a newer one; asking for the newest by number
    would rebuild its state from the log."""
    return f"delta.`{path}`" if version(path) == number else f"delta.`{path}` version as of {number}"


def staged_names(table: ConformedTable) -> tuple[str, ...]:
    """Columns of a staged and of a waiting table, in order."""
    return ("batch", "accepted", *staged_columns(table))


def create_all(spark: SparkSession, settings: Settings) -> None:
    """Make every table that is not there yet, so that versions can be pinned before the first row."""
    wanted = [shape for table in registry.conformed().values() for shape in _shapes(settings, table)]
    for mart in registry.marts().values():
        wanted.append((mart_path(settings, mart), _schema(mart.columns), (mart.month,), mart.key))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda shape: _create(spark, *shape), [shape for shape in wanted if not exists(shape[0])]))


def _shapes(settings: Settings, table: ConformedTable) -> list[Shape]:
    """The three tables that an exchange table needs: staged, waiting, and the one in its database."""
    staged = _staged_schema(table)
    month = ("month",) if table.has_months else ()
    return [
        (staged_path(settings, table), staged, ("batch", "accepted"), ("point_id", "sequence")),
        (waiting_path(settings, table), staged, (), ("point_id", "sequence")),
        (table_path(settings, table), _schema(table.stored_columns), month, (*table.key, "sequence")),
    ]


def _staged_schema(table: ConformedTable) -> list[str]:
    types = STAGED_META | {column.name: column.sql for column in (*table.columns, ORIGINAL_EVENT_ON)}
    return [f"{name} {types[name]}" for name in staged_names(table)]


def _schema(columns: Iterable[Column]) -> list[str]:
    return [f"{column.name} {column.sql} comment {_quoted(f'{column.says_zh} {column.says}')}" for column in columns]


def _create(
    spark: SparkSession, path: Path, schema: list[str], partition: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    statistics = ",".join(key for key in keys if key not in partition)
    properties = RETENTION | {"delta.dataSkippingStatsColumns": statistics, "delta.enableDeletionVectors": "false"}
    listed = ", ".join(f"{_quoted(name)} = {_quoted(value)}" for name, value in properties.items())
    by = f" partitioned by ({', '.join(partition)})" if partition else ""
    spark.sql(f"create table delta.`{path}` ({', '.join(schema)}) using delta{by} tblproperties ({listed})")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def pins(settings: Settings) -> dict[str, int]:
    """The version of every table that a merge reads and writes, by path below the lake."""
    tables = registry.conformed().values()
    paths = [path(settings, table) for table in tables for path in (table_path, waiting_path)]
    return {str(path.relative_to(settings.lake)): version(path) for path in paths}
