"""What Spark reads of a Delta table by its files is what stands in it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import Row, SparkSession

from jobs import scan

SCHEMA = "batch string, accepted boolean, id long, at timestamp_ntz, day date, paid decimal(18,2), token binary"


@pytest.fixture(scope="module")
def table(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions: two rows, two more in other parts, and one of the first taken out."""
    path = tmp_path_factory.mktemp("scan") / "a table"
    at = datetime.fromisoformat("2026-06-30 23:59:59.123456")
    for batch, ids in (("2026-06-30.1", (1, 2)), ("2026-07-01.1", (3, 4))):
        rows = [(batch, bool(id % 2), id, at, date(1900, 1, 1), Decimal("-0.01"), b"\\x00\\xff") for id in ids]
        written = spark.createDataFrame(rows, SCHEMA).write.format("delta").mode("append")
        written.partitionBy("batch", "accepted").save(str(path))
    DeltaTable(path).delete("id = 1")
    return path


def found(spark: SparkSession, path: Path, number: int | None = None, **only: list[object]) -> list[Row]:
    return sorted(scan.rows(spark, path, number, **only).collect(), key=lambda row: row.id)


def test_a_table_is_read_as_its_log_says(spark: SparkSession, table: Path) -> None:
    for number in (0, 1, 2):
        by_log = spark.read.format("delta").option("versionAsOf", number).load(str(table))
        assert found(spark, table, number) == sorted(by_log.collect(), key=lambda row: row.id)
    assert [row.id for row in found(spark, table)] == [2, 3, 4]
    assert scan.rows(spark, table).columns == by_log.columns


def test_only_wanted_parts_are_read(spark: SparkSession, table: Path) -> None:
    assert [row.id for row in found(spark, table, 1, batch=["2026-06-30.1"], accepted=[True])] == [1]
    assert [row.id for row in found(spark, table, batch=["2026-06-30.1", "2026-07-01.1"], accepted=[False])] == [2, 4]
    wanted = [name for name, of in scan.files(table).items() if of == {"batch": "2026-07-01.1", "accepted": True}]
    assert [row.id for row in scan.of_files(spark, table, wanted).collect()] == [3]


def test_of_nothing_the_columns_are_left(spark: SparkSession, table: Path) -> None:
    nothing = scan.rows(spark, table, batch=["2026-07-02.1"])
    assert nothing.collect() == []
    assert nothing.dtypes == spark.read.format("delta").load(str(table)).dtypes
