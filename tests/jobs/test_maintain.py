"""Vacuuming keeps what a publication pins, whatever its age, and leaves tables that Spark goes on with."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import maintain
from jobs.lake import mart_path
from jobs.publication import KEPT, publish, rollback
from lakehouse.settings import Settings
from warehouse_models import registry

MART = "quality.delivery_scorecard"
NIGHT = date(2026, 6, 30)
AT_ONCE = {"delta.deletedFileRetentionDuration": "interval 0 hours"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with a table of four versions, in which nothing is too young to be removed."""
    monkeypatch.setattr(maintain, "RETENTION_HOURS", 0)
    (tmp_path / "points").mkdir()
    settings = Settings(home=tmp_path, site=tmp_path, keys=tmp_path / "keys")
    for version in range(4):
        rows = pa.table({"version": [version]})
        write_deltalake(str(table(settings)), rows, mode="overwrite", configuration=AT_ONCE)
    return settings


def table(settings: Settings) -> Path:
    return mart_path(settings, registry.marts()[MART])


def pin(settings: Settings, *versions: int) -> None:
    """A publication for each version."""
    for version in versions:
        publish(settings, NIGHT, {MART: {"version": version, "rows": 1, "digest": str(version)}})


def readable(settings: Settings) -> list[int]:
    """Versions whose files are all there."""
    return [version for version in range(4) if all(map(os.path.exists, _files(settings, version)))]


def _files(settings: Settings, version: int) -> list[str]:
    return [str(table(settings) / path) for path in DeltaTable(str(table(settings)), version=version).file_uris()]


def test_what_no_publication_pins_is_removed_and_what_one_pins_is_kept(settings: Settings) -> None:
    pin(settings, 1)
    assert maintain.vacuum(settings) == {MART: 2}
    assert readable(settings) == [1, 3]


def test_only_the_last_publications_keep_versions_whichever_is_shown(settings: Settings) -> None:
    pin(settings, 0, 1, *[2, 3] * (KEPT // 2 + 1))
    rollback(settings, 1)
    maintain.vacuum(settings)
    assert readable(settings) == [2, 3]


def test_a_file_that_no_version_ever_had_is_removed(settings: Settings) -> None:
    left = table(settings) / "part-of-a-killed-write.parquet"
    left.write_bytes(b"torn")
    os.utime(left, (0, 0))
    maintain.vacuum(settings)
    assert not left.exists()


def test_what_is_younger_than_the_retention_is_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintain, "RETENTION_HOURS", 1)
    assert maintain.vacuum(settings) == {MART: 0}
    assert readable(settings) == [0, 1, 2, 3]


def test_a_table_whose_log_has_forgotten_a_pinned_version_is_left_as_it_is(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    pin(settings, 0)
    DeltaTable(str(table(settings))).create_checkpoint()
    (table(settings) / "_delta_log" / "00000000000000000000.json").unlink()
    before = sorted(table(settings).glob("*.parquet"))
    assert maintain.vacuum(settings) == {MART: 0}
    assert sorted(table(settings).glob("*.parquet")) == before
    assert "is left as it is" in caplog.text


def test_nothing_is_removed_while_a_batch_is_unfinished(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintain.ledger, "unfinished", lambda _: ["a batch"])
    assert maintain.vacuum(settings) == {}
    assert readable(settings) == [0, 1, 2, 3]


def test_spark_reads_and_writes_on(settings: Settings, spark: SparkSession) -> None:
    pin(settings, 1)
    maintain.vacuum(settings)
    path = str(table(settings))
    assert [row["version"] for row in spark.read.format("delta").load(path).collect()] == [3]
    spark.createDataFrame([(4,)], "version long").write.format("delta").mode("append").save(path)
    assert DeltaTable(path).to_pyarrow_table().num_rows == 2
