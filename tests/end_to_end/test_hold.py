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
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import ledger
from jobs.lake import mart_path, table_path
from jobs.night import Engine, run_night
from jobs.province.samples import Rows, registers, visit
from jobs.province.story import write_delivery, write_site
from jobs.publication import current, forward, publish, published_digests, rollback, shown
from jobs.serving import serve
from jobs.shelves import records
from lakehouse.settings import Settings
from tests.end_to_end.conftest import settings_in
from tests.proofs.clones import digests
from warehouse_models.registry import conformed, marts

FIRST = date(2026, 6, 23)
HELD_POINT, OTHERS, TORN = "P1", ("P2", "P3"), "P4"
NIGHTS, VISITS = 5, 40
FAULTY, CORRECTED = 1, 3  # Which night's delivery is held, and which one's corrects a visit of the one that is held.
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
    _hold_faulty(folder, False)
    run_night(never, FIRST, last, engine=engine)
    waiting = []
    for place in range(NIGHTS):
        night = FIRST + timedelta(days=place)
        _hold_faulty(folder, place == FAULTY)
        run_night(held, night, night, engine=engine)
        waiting.append(sum(row["waiting"]["rows"] for row in ledger.ledger_json(held)))
    meanwhile = _of_others(spark, held)
    (verdict,) = ledger.held(held)
    ledger.decide(held, verdict.id, "release", "The hospital had a busy day.", "tester")
    run_night(held, last, last, engine=engine)
    return Lakes(never, held, tuple(waiting), meanwhile, _of_others(spark, never))


def _offer(folder: Path) -> None:
    """Three points, a delivery a night; the second delivery of one has a share of bad rows that a gate can be told to hold, and
    its fourth a newer version of a visit of that one. Of a fourth point one delivery comes, of which a file is torn."""
    write_site(folder / "site", dict.fromkeys((HELD_POINT, *OTHERS, TORN), "standard-1"))
    for point in (HELD_POINT, *OTHERS):
        for place in range(NIGHTS):
            day, kind = str(FIRST + timedelta(days=place)), "correction" if place == CORRECTED else "increment"
            rows = _rows(place, day, with_faults=point == HELD_POINT)
            write_delivery(folder / "offers" / point, rows, sequence=place + 1, business_date=day, kind=kind)
    torn = write_delivery(folder / "offers" / TORN, {**registers(), **visit("V1")}, business_date=str(FIRST))
    charges = torn / "charge_item.csv.gz"
    charges.write_bytes(charges.read_bytes()[:-7])


def _rows(place: int, day: str, with_faults: bool) -> Rows:
    """What a point delivers on a night: registers and a visit, many visits, a visit, a correction, a visit."""
    if place == FAULTY:
        return _visits(VISITS, day, with_faults)
    if not place:
        return {**registers(), **visit("V0", day)}
    corrected = visit("F0", str(FIRST + timedelta(days=FAULTY)), updated_at=f"{day} 18:00:00", department_code="04")
    rows = corrected if place == CORRECTED else visit(f"V{place}", day)
    return {name: rows[name] for name in LATER_TABLES}


def _visits(count: int, day: str, with_faults: bool) -> Rows:
    """Visits on a day; with faults, a tenth of the charges have no code."""
    found: Rows = {}
    for place in range(count):
        for name, rows in visit(f"F{place}", day).items():
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
    """By table, what the other points have in it, and on the scorecard."""
    card = marts()["quality.delivery_scorecard"]
    columns = {name: [column.name for column in table.stored_columns] for name, table in conformed().items()}
    found = {card.name: digests(spark, mart_path(settings, card), card.digest_columns)}
    found |= {name: digests(spark, table_path(settings, conformed()[name]), columns[name]) for name in columns}
    return {name: {point: by_point.get(point, "") for point in OTHERS} for name, by_point in found.items()}


def test_the_second_delivery_is_held_on_its_night_and_three_more(lakes: Lakes) -> None:
    before, *held = lakes.waiting_rows
    assert before == 0
    assert len(held) == 4
    assert min(held) > 100


def test_a_newer_version_came_while_the_older_one_was_held(lakes: Lakes) -> None:
    superseded = {
        (row["point"], row["sequence"]): row["superseded"]["rows"]
        for row in ledger.ledger_json(lakes.held)
        if row["table"] == "encounter"
    }
    assert [superseded[point, FAULTY + 1] for point in (HELD_POINT, *OTHERS)] == [1, 1, 1]


def test_after_the_release_every_table_is_as_if_never_held(lakes: Lakes) -> None:
    assert published_digests(lakes.held) == published_digests(lakes.never)
    assert ledger.ledger_json(lakes.held) == ledger.ledger_json(lakes.never)
    assert ledger.held(lakes.held) == []


def test_what_other_points_have_is_unmoved_meanwhile(lakes: Lakes) -> None:
    assert lakes.others_meanwhile == lakes.others_never
    assert all(lakes.others_meanwhile["medical_records.charge_item"].values())
    assert all(lakes.others_meanwhile["quality.delivery_scorecard"].values())


def test_a_torn_file_at_one_point_leaves_the_others_alone(lakes: Lakes) -> None:
    taken = records(lakes.never, ledger.batched_deliveries(lakes.never))
    (refused,) = [record for record in taken if record.status == "refused"]
    assert (refused.point, refused.reasons[0].code) == (TORN, "MAN-SIZE")
    accepted = {row["point"] for row in ledger.ledger_json(lakes.never) if row["accepted"]["rows"]}
    assert accepted == {HELD_POINT, *OTHERS}
    assert ledger.unbalanced(lakes.never).num_rows == 0
    assert published_digests(lakes.never)["medical_records.encounter"]["rows"] == len(accepted) * (VISITS + NIGHTS - 2)


def test_a_rollback_by_five_and_forward_shows_what_was_published(lakes: Lakes) -> None:
    newest = current(lakes.held)
    assert newest is not None
    assert newest.number == NIGHTS + 1
    before = _served(lakes.held)
    assert serve(lakes.held, rollback(lakes.held, 5))
    first = _served(lakes.held)
    assert _pinned_rows(lakes.held) == {name: pin["rows"] for name, pin in shown(lakes.held).tables.items()}
    assert serve(lakes.held, forward(lakes.held, 5))
    assert first["publication"] == 1
    assert 0 < first["charges"] < before["charges"]
    assert _served(lakes.held) == before


def _pinned_rows(settings: Settings) -> dict[str, int]:
    """Rows of every table at the version that the shown publication pins."""
    paths = {name: table_path(settings, table) for name, table in conformed().items()}
    paths |= {name: mart_path(settings, mart) for name, mart in marts().items()}
    tables = {
        name: DeltaTable(path, version=shown(settings).tables[name]["version"]).to_pyarrow_table()
        for name, path in paths.items()
    }
    deleted = {
        name: table.column("is_deleted").to_pylist().count(True)
        for name, table in tables.items()
        if name in conformed()
    }
    return {name: table.num_rows - deleted.get(name, 0) for name, table in tables.items()}


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
