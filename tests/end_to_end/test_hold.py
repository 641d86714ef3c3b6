"""A delivery held for three nights and then released ends as if it had never been held; nobody else is moved by it, nor by a
point of which a file is torn."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import ledger
from jobs.lake import table_path
from jobs.night import Engine, run_night
from jobs.province.samples import registers, visit
from jobs.province.story import write_delivery, write_site
from jobs.publication import current, forward, publish, published_digests, rollback
from jobs.serving import serve
from jobs.shelves import records
from lakehouse.settings import Settings
from tests.end_to_end.conftest import settings_in
from tests.proofs.clones import digests
from warehouse_models.registry import conformed

FIRST = date(2026, 6, 23)
HELD_POINT, OTHERS, TORN = "P1", ("P2", "P3"), "P4"
NIGHTS, VISITS = 5, 40
LATER_TABLES = ("encounter", "charge_item")  # A parent and its child; every table more makes each night longer.


@dataclass(frozen=True)
class Lakes:
    """The same offers taken twice: never held, all nights in one run, and night by night with one delivery held.

    waiting_rows: after each night.   others_*: by table, what the other points had while one was held and after."""

    never: Settings
    held: Settings
    waiting_rows: tuple[int, ...]
    others_meanwhile: dict[str, dict[str, str]]
    others_never: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def lakes(engine: Engine, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    folder = tmp_path_factory.mktemp("hold")
    _offer(folder)
    never, held = settings_in(folder / "never", folder), settings_in(folder / "held", folder)
    shutil.rmtree(held.keys)
    shutil.copytree(never.keys, held.keys)  # Tokens are in digests.
    last = FIRST + timedelta(days=NIGHTS - 1)
    run_night(never, FIRST, last, engine=engine)
    waiting = []
    for place in range(NIGHTS):
        night = FIRST + timedelta(days=place)
        _hold_faulty(folder, place == 0)
        run_night(held, night, night, engine=engine)
        waiting.append(sum(row["waiting"]["rows"] for row in ledger.ledger_json(held)))
    meanwhile = _of_others(spark, held)
    (verdict,) = ledger.held(held)
    ledger.decide(held, verdict.id, "release", "The hospital had a busy day.", "tester")
    run_night(held, last, last, engine=engine)
    return Lakes(never, held, tuple(waiting), meanwhile, _of_others(spark, never))


def _offer(folder: Path) -> None:
    """Three points, a delivery a night; the first delivery of one has a share of bad rows that a gate can be told to hold. Of a
    fourth point one delivery comes, of which a file is torn."""
    write_site(folder / "site", dict.fromkeys((HELD_POINT, *OTHERS, TORN), "standard-1"))
    for point in (HELD_POINT, *OTHERS):
        for place in range(NIGHTS):
            day = str(FIRST + timedelta(days=place))
            later = {name: rows for name, rows in visit(f"V{place}", day).items() if name in LATER_TABLES}
            rows = later if place else {**registers(), **_visits(VISITS, point == HELD_POINT)}
            write_delivery(
                folder / "offers" / point, rows, sequence=place + 1, business_date=str(FIRST + timedelta(days=place))
            )
    torn = write_delivery(folder / "offers" / TORN, {**registers(), **visit("V1")}, business_date=str(FIRST))
    charges = torn / "charge_item.csv.gz"
    charges.write_bytes(charges.read_bytes()[:-7])


def _visits(count: int, with_faults: bool) -> dict[str, list[dict[str, str | None]]]:
    """Visits on the first day; with faults, a tenth of the charges have no code."""
    found: dict[str, list[dict[str, str | None]]] = {}
    for place in range(count):
        for name, rows in visit(f"F{place}", str(FIRST)).items():
            found.setdefault(name, []).extend(dict(row) for row in rows)
    for row in found["charge_item"][:: 10 if with_faults else 10_000][1:]:
        row["charge_type_code"] = None
    return found


def _hold_faulty(folder: Path, is_strict: bool) -> None:
    """Tell the site's gate to hold at a share that only the faulty delivery has, or never."""
    path = folder / "site" / "settings.yaml"
    site = yaml.safe_load(path.read_text())
    site["gate"] = {"quarantined_share_hold_above": 0.02 if is_strict else 1.0}
    path.write_text(yaml.safe_dump(site, allow_unicode=True))


def _of_others(spark: SparkSession, settings: Settings) -> dict[str, dict[str, str]]:
    """By table, what the other points have in it."""
    found = {}
    for name, table in conformed().items():
        by_point = digests(spark, table_path(settings, table), [column.name for column in table.stored_columns])
        found[name] = {point: by_point.get(point, "") for point in OTHERS}
    return found


def test_the_first_delivery_waited_for_three_nights(lakes: Lakes) -> None:
    assert len(lakes.waiting_rows) == NIGHTS
    assert min(lakes.waiting_rows) > 100


def test_after_the_release_every_table_is_as_if_never_held(lakes: Lakes) -> None:
    assert published_digests(lakes.held) == published_digests(lakes.never)
    assert ledger.ledger_json(lakes.held) == ledger.ledger_json(lakes.never)
    assert ledger.held(lakes.held) == []


def test_what_other_points_have_is_unmoved_meanwhile(lakes: Lakes) -> None:
    assert lakes.others_meanwhile == lakes.others_never
    assert all(lakes.others_meanwhile["medical_records.charge_item"].values())


def test_a_torn_file_at_one_point_leaves_the_others_alone(lakes: Lakes) -> None:
    taken = records(lakes.never, ledger.batched_deliveries(lakes.never))
    (refused,) = [record for record in taken if record.status == "refused"]
    assert (refused.point, refused.reasons[0].code) == (TORN, "MAN-SIZE")
    accepted = {row["point"] for row in ledger.ledger_json(lakes.never) if row["accepted"]["rows"]}
    assert accepted == {HELD_POINT, *OTHERS}
    assert ledger.unbalanced(lakes.never).num_rows == 0
    assert published_digests(lakes.never)["medical_records.encounter"]["rows"] == len(accepted) * (VISITS + NIGHTS - 1)


def test_a_rollback_by_five_and_forward_shows_what_was_published(lakes: Lakes) -> None:
    newest = current(lakes.held)
    assert newest is not None
    assert newest.number == NIGHTS + 1
    before = _served(lakes.held)
    assert serve(lakes.held, rollback(lakes.held, 5))
    first = _served(lakes.held)
    assert serve(lakes.held, forward(lakes.held, 5))
    assert first["publication"] == 1
    assert 0 < first["charges"] < before["charges"]
    assert _served(lakes.held) == before


def _served(settings: Settings) -> dict[str, int]:
    """What a reader of the serving file sees: number of the publication, and lines charged."""
    with duckdb.connect(str(settings.serving), read_only=True) as db:
        (number,) = db.sql("select number from meta.publication").fetchone() or (0,)
        (charges,) = db.sql("select sum(charges)::bigint from spending.income_composition").fetchone() or (0,)
    return {"publication": number, "charges": charges}


def test_publishing_twice_is_nothing_new(lakes: Lakes) -> None:
    newest = current(lakes.held)
    assert newest is not None
    again, is_new = publish(lakes.held, newest.night, newest.tables)
    assert (again.number, is_new) == (newest.number, False)
