"""A night that is run again changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.digest import month_digests
from jobs.lake import mart_path, table_path
from jobs.night import Engine, run_night
from tests.end_to_end.conftest import PLAN, BuiltNight
from warehouse_models.registry import conformed, marts

NIGHT = date(2026, 6, 30)


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
