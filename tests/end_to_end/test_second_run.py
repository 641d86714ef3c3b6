"""What a night writes: nothing when it is run again, else small files, each of which is summed up once."""

from __future__ import annotations

from pathlib import Path

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.digest import month_digests
from jobs.lake import mart_path, table_path
from jobs.night import Engine, run_night
from jobs.spark import FILE_ROWS
from tests.end_to_end.conftest import PLAN, BuiltNight
from warehouse_models.registry import conformed, marts


def test_a_second_run_of_a_night_changes_no_row_and_publishes_nothing(built_night: BuiltNight, engine: Engine) -> None:
    settings = built_night.settings
    before = _files(settings.home)
    report = run_night(settings, PLAN.dates[0], PLAN.dates[-1], engine=engine)
    assert report.batches == ()
    assert report.publication == built_night.reports[-1].publication
    assert _files(settings.home) == before
    assert len(before) > 500


def _files(folder: Path) -> dict[str, bytes | int]:
    """Every file of a lake with its size and time of writing; locks and logs of runs are not what a night changes."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "run" not in path.relative_to(folder).parts
    }


def test_digests_summed_night_by_night_are_those_of_all_files_at_once(
    built_night: BuiltNight, spark: SparkSession, tmp_path: Path
) -> None:
    """Two nights have kept what each file adds; a cache that is not there makes every file be read."""
    settings, shown = built_night.settings, built_night.reports[-1].publication
    assert shown is not None
    read = {
        **{
            name: (table_path(settings, each), each, "month" if each.has_months else None)
            for name, each in conformed().items()
        },
        **{name: (mart_path(settings, each), each, each.month) for name, each in marts().items()},
    }
    anew = {
        name: month_digests(spark, path, each.digest_columns, month, name in conformed(), tmp_path / f"{name}.json")
        for name, (path, each, month) in read.items()
    }
    assert anew == {name: pin["months"] for name, pin in shown.tables.items()}
    assert len(anew) > 12


def test_no_file_of_a_table_is_so_large_that_a_correction_rewrites_a_month(built_night: BuiltNight) -> None:
    charges = table_path(built_night.settings, conformed()["medical_records.charge_item"])
    for number in (1, 2):  # The append of the first batch, and the merge of the second.
        actions = DeltaTable(charges, version=number).get_add_actions(flatten=True)
        rows = actions.column("num_records").to_pylist()
        assert len(rows) > 10
        assert max(rows) <= FILE_ROWS < sum(rows)
