"""A night that is run again changes nothing; a torn file at one point stops nobody else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from jobs import ledger
from jobs.digest import month_digests
from jobs.lake import mart_path, table_path
from jobs.landing.record import Landed
from jobs.night import Engine, run_night
from jobs.province.samples import registers, visit
from jobs.province.story import write_delivery, write_site
from jobs.publication import published_digests
from jobs.shelves import records
from lakehouse.settings import Settings
from tests.end_to_end.conftest import PLAN, BuiltNight, settings_in
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


def test_a_torn_file_at_one_point_leaves_the_others_alone(engine: Engine, tmp_path: Path) -> None:
    write_site(tmp_path / "site", dict.fromkeys(("P1", "P2", "P3"), "standard-1"))
    for point in ("P1", "P2", "P3"):
        folder = write_delivery(tmp_path / "offers" / point, {**registers(), **visit("V1")}, business_date=str(NIGHT))
    torn = folder / "charge_item.csv.gz"
    torn.write_bytes(torn.read_bytes()[:-7])
    settings = settings_in(tmp_path / "home", tmp_path)
    run_night(settings, NIGHT, NIGHT, engine=engine)
    (refused,) = [record for record in _taken(settings) if record.status == "refused"]
    assert (refused.point, refused.reasons[0].code) == ("P3", "MAN-SIZE")
    accepted = {row["point"] for row in ledger.ledger_json(settings) if row["accepted"]["rows"]}
    assert accepted == {"P1", "P2"}
    assert ledger.unbalanced(settings).num_rows == 0
    assert published_digests(settings)["medical_records.encounter"]["rows"] == 2


def _taken(settings: Settings) -> list[Landed]:
    return records(settings, ledger.batched_deliveries(settings))
