"""Rows of a Delta table for Spark, read from the files that its log names.

Spark's own scan of a Delta table begins with jobs on the log, which cost a small night more than its rows do. The list of
files is all there is to know: a file of a Delta table never changes, and deletion vectors are off (`jobs/lake.py`).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType


def files(path: Path) -> dict[str, dict[str, Any]]:
    """The files of a table as it stands, relative to its folder: of each the values of its partition."""
    return _listed(DeltaTable(path))


def rows(spark: SparkSession, path: Path, number: int | None = None, **only: Collection[Any]) -> DataFrame:
    """The rows of a table at a version, or as it stands.

    only: columns of the partition, and the values that are wanted of them; no other file is opened."""
    table = DeltaTable(path, version=number)
    chosen = [name for name, of in _listed(table).items() if all(of[part] in wanted for part, wanted in only.items())]
    return _read(spark, path, table, chosen)


def of_files(spark: SparkSession, path: Path, names: Collection[str]) -> DataFrame:
    """The rows of files of a table, named relative to its folder, with the columns that the table has now."""
    return _read(spark, path, DeltaTable(path), names)


def _listed(table: DeltaTable) -> dict[str, dict[str, Any]]:
    actions = pa.table(table.get_add_actions(flatten=True))
    parts = [name for name in actions.schema.names if name.startswith("partition.")]
    listed = actions.select(["path", *parts]).to_pylist()
    return {file["path"]: {part.partition(".")[2]: file[part] for part in parts} for file in listed}


def _read(spark: SparkSession, path: Path, table: DeltaTable, names: Collection[str]) -> DataFrame:
    schema = StructType.fromJson(json.loads(table.schema().to_json()))
    if not names:
        return spark.createDataFrame([], schema)
    read = spark.read.schema(schema).option("basePath", str(path)).parquet(*(str(path / name) for name in names))
    return read.select(*schema.names)  # Spark puts columns of the partition last.
