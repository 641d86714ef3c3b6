"""Delta tables of the lake: where they lie, how they are made, and what stands in them at a version."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, Schema

from jobs.projection import COUNTERS, staged_columns
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.contract import ORIGINAL_EVENT_ON, Column, ConformedTable, Type
from warehouse_models.mart import MartTable

# Versions stay readable for the last publications; files of older ones may be removed by maintenance.
PROPERTIES = {
    "delta.deletedFileRetentionDuration": "interval 30 days",
    "delta.logRetentionDuration": "interval 60 days",
    "delta.enableDeletionVectors": "false",
}
ARROW = {
    Type.TEXT: pa.string(),
    Type.CODE: pa.string(),
    Type.INTEGER: pa.int32(),
    Type.QUANTITY: pa.decimal128(18, 4),
    Type.MONEY: pa.decimal128(18, 2),
    Type.TIME: pa.timestamp("us"),
    Type.DATE: pa.date32(),
    Type.FLAG: pa.bool_(),
    Type.TOKEN: pa.binary(),
}
STAGED_META = {
    field.name: field
    for field in (
        *(pa.field(name, pa.string()) for name in ("batch", "delivery", "point_id", "kind", "month")),
        pa.field("accepted", pa.bool_()),
        pa.field("business_date", pa.date32()),
        pa.field("sequence", pa.int32()),
        *(pa.field(name, pa.int64()) for name in ("row_number", "bad", "fen")),
        *(pa.field(name, pa.int32()) for name in COUNTERS),
    )
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
    """Whether a Delta table lies there. Its first versions may have left the log: that goes back sixty days."""
    return any((path / "_delta_log").glob("[0-9]*.json"))


def version(path: Path) -> int:
    """The newest version of a table. The log names it; nobody else writes while a night holds the lock."""
    return max(int(file.stem) for file in (path / "_delta_log").glob("[0-9]*.json"))


def is_empty(path: Path, number: int) -> bool:
    """Whether no row stands in a table at a version. A table whose rows have all left has no file."""
    return not DeltaTable(path, version=number).file_uris()


def staged_names(table: ConformedTable) -> tuple[str, ...]:
    """Columns of a staged and of a waiting table, in order."""
    return ("batch", "accepted", *staged_columns(table))


def create_all(settings: Settings) -> None:
    """Make every table that is not there yet, so that versions can be pinned before the first row.

    delta-rs writes this one commit, in a fiftieth of the time that Spark takes; every other commit is Spark's.
    """
    for table in registry.conformed().values():
        staged = pa.schema([STAGED_META.get(name) or _field(table, name) for name in staged_names(table)])
        _create(staged_path(settings, table), staged, ("batch", "accepted"), ("point_id", "sequence"))
        _create(waiting_path(settings, table), staged, (), ("point_id", "sequence"))
        month = ("month",) if table.has_months else ()
        _create(table_path(settings, table), _schema(table.stored_columns), month, (*table.key, "sequence"))
    for mart in registry.marts().values():
        _create(mart_path(settings, mart), _schema(mart.columns), (mart.month,), mart.key)


def _field(table: ConformedTable, name: str) -> pa.Field:
    return next(_arrow(column) for column in (*table.columns, ORIGINAL_EVENT_ON) if column.name == name)


def _schema(columns: Iterable[Column]) -> pa.Schema:
    return pa.schema([_arrow(column) for column in columns])


def _arrow(column: Column) -> pa.Field:
    """A column with its meaning, which engines show as its comment."""
    return pa.field(column.name, ARROW[column.type], metadata={"comment": f"{column.says_zh} {column.says}"})


def _create(path: Path, schema: pa.Schema, partition: tuple[str, ...], keys: Iterable[str]) -> None:
    if exists(path):
        return
    statistics = ",".join(key for key in keys if key not in partition)
    DeltaTable.create(
        path,
        schema=Schema.from_arrow(schema),
        partition_by=list(partition),
        configuration={**PROPERTIES, "delta.dataSkippingStatsColumns": statistics},
    )


def pins(settings: Settings) -> dict[str, int]:
    """The version of every table that a merge reads and writes, by path below the lake."""
    tables = registry.conformed().values()
    paths = [path(settings, table) for table in tables for path in (table_path, waiting_path)]
    return {str(path.relative_to(settings.lake)): version(path) for path in paths}
