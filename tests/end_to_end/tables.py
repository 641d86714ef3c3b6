"""What stands in a lake, and what the generator says must stand there, as DuckDB relations of the same shape."""

from __future__ import annotations

from pathlib import Path

import duckdb
from deltalake import DeltaTable

from jobs.lake import mart_path, table_path
from lakehouse.settings import Settings
from warehouse_models.contract import Column, ConformedTable, Type
from warehouse_models.mart import MartTable
from warehouse_models.registry import marts

# How the canonical text of the truth reads as a value; written here, not taken from the code under test.
CASTS = {
    Type.TEXT: "{0}",
    Type.CODE: "{0}",
    Type.INTEGER: "{0}::int",
    Type.QUANTITY: "{0}::decimal(18,4)",
    Type.MONEY: "{0}::decimal(18,2)",
    Type.TIME: "{0}::timestamp",
    Type.DATE: "{0}::date",
    Type.FLAG: "({0} = '1')",
}


def connection() -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, with Beijing time."""
    return duckdb.connect(config={"threads": 2})


def show_lake(db: duckdb.DuckDBPyConnection, settings: Settings, table: ConformedTable) -> str:
    """Make the view `lake_<table>` of the live rows; return its name."""
    name = f"lake_{table.source.name}"
    db.register(f"{name}_all", DeltaTable(str(table_path(settings, table))).to_pyarrow_table())
    db.execute(f"create or replace view {name} as select * from {name}_all where not is_deleted")
    return name


def show_truth(db: duckdb.DuckDBPyConnection, province: Path, table: ConformedTable) -> str:
    """Make the view `truth_<table>` of the clean rows, typed, without identifiers; return its name."""
    name = f"truth_{table.source.name}"
    cells = ", ".join(f"{typed(column)} as {column.name}" for column in comparable(table))
    files = province / "truth" / table.source.name / "*.parquet"
    db.execute(f"create or replace view {name} as select point_id, {cells} from read_parquet('{files}')")
    return name


def comparable(table: ConformedTable) -> list[Column]:
    """Delivered columns that hold no identifier: their values are the same on both sides."""
    return [column for column in table.source.columns if not column.identifier]


def typed(column: Column) -> str:
    """SQL of the value of a cell of the truth."""
    return CASTS[column.type].format(column.name)


def mart_rows(settings: Settings, name: str) -> list[tuple[object, ...]]:
    """The rows of a mart, its contract's columns in order, sorted."""
    mart: MartTable = marts()[name]
    found = DeltaTable(str(mart_path(settings, mart))).to_pyarrow_table()
    columns = [column.name for column in mart.columns]
    return sorted((tuple(row[column] for column in columns) for row in found.to_pylist()), key=repr)
