"""Every mistake that the generator made meets the fate that the generator says, for the reason it says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from expectations.reasons import reasons_of
from jobs import ledger
from jobs.lake import staged_path, waiting_path
from jobs.landing.record import Landed
from jobs.province.agenda import REFUSALS, TWISTS
from jobs.province.mistakes import MISTAKES
from jobs.shelves import records
from tests.end_to_end.conftest import BuiltNight
from tests.end_to_end.tables import connection, show_lake, show_truth
from warehouse_models.registry import conformed, conformed_of, exchange

STAGED = ["delivery", "point_id", "sequence", "kind", "row_number", "bad", "accepted", "repaired"]
# Kind of a mistake -> kinds of reasons that follow from it: cells of a row that cannot be cut are all empty, and on a day out of
# range no code is valid, nor is the end of what began then.
FOLLOWING = {"wrong_number_of_cells": {"required"}, "year": {"code_not_valid", "year"}}
ALL_FATES = {"accepted", "repaired", "quarantined", "waiting", "refused", "repeated", "superseded", "deleted"}


@pytest.fixture(scope="module")
def faults(built_night: BuiltNight) -> list[dict[str, Any]]:
    return pq.read_table(built_night.province / "truth" / "faults.parquet").to_pylist()


@pytest.fixture(scope="module")
def landed(built_night: BuiltNight) -> dict[tuple[str, str], Landed]:
    """Landing's records by point and name of the offer; of a repeat the first."""
    names = sorted(ledger.batched_deliveries(built_night.settings), reverse=True)
    return {(record.point, record.name): record for record in records(built_night.settings, names)}


@pytest.fixture(scope="module")
def staged(built_night: BuiltNight) -> dict[tuple[str, str, int, int], dict[str, Any]]:
    """Staged rows that have anything to tell, by point, table, sequence and row number."""
    return dict(_staged(built_night))


def _staged(built: BuiltNight) -> Iterator[tuple[tuple[str, str, int, int], dict[str, Any]]]:
    wanted = pq.read_table(
        built.province / "truth" / "faults.parquet", columns=["point_id", "table", "sequence", "row_number"]
    )
    for table in conformed().values():
        name = table.source.name
        db = duckdb.connect()
        db.register("rows", DeltaTable(str(staged_path(built.settings, table))).to_pyarrow_table(columns=STAGED))
        db.register("wanted", wanted)
        found = db.sql(
            f"select * from rows semi join wanted on rows.point_id = wanted.point_id and wanted.\"table\" = '{name}'"
            " and rows.sequence = wanted.sequence and rows.row_number = wanted.row_number"
        )
        for row in found.to_arrow_table().to_pylist():
            yield (row["point_id"], name, row["sequence"], row["row_number"]), row


def of(faults: list[dict[str, Any]], fate: str) -> list[dict[str, Any]]:
    """The mistakes with a fate; a test on none would show nothing."""
    found = [fault for fault in faults if fault["fate"] == fate]
    assert found
    return found


def place(fault: dict[str, Any]) -> tuple[str, str, int, int]:
    return fault["point_id"], fault["table"], fault["sequence"], fault["row_number"]


def test_the_generator_makes_mistakes_of_every_fate(faults: list[dict[str, Any]]) -> None:
    assert {fault["fate"] for fault in faults} == ALL_FATES
    told = {(fault["table"], fault["column"] or "", fault["fault"], fault["fate"]) for fault in faults}
    assert told >= {(each.table, each.column, each.kind, each.fate) for each in MISTAKES}
    assert {each[2] for each in told} >= {
        *(f"refused_{which}" for which in REFUSALS),
        "orphan",
        "repeated_delivery",
        *TWISTS,
    }


def test_quarantined_rows_bear_their_reason(faults: list[dict[str, Any]], staged: dict[Any, dict[str, Any]]) -> None:
    told = defaultdict[tuple[str, str, int, int], set[str]](set)
    for fault in of(faults, "quarantined"):
        told[place(fault)].add(fault["reason"])
    found = {}
    for where in told:
        row = staged.get(where, {"bad": 0, "kind": ""})
        reasons = reasons_of(exchange()[where[1]], row["bad"], row["kind"] == "deletion")
        found[where] = {reason.code for reason in reasons}
    assert {where: (told[where], found[where]) for where in told if not told[where] <= found[where]} == {}
    surplus = {(kind(min(told[where])), kind(code)) for where in told for code in found[where] - told[where]}
    assert surplus == {(cause, effect) for cause, effects in FOLLOWING.items() for effect in effects}


def kind(code: str) -> str:
    """What is wrong, wherever it is."""
    return code.rpartition(".")[2]


def test_rows_with_any_other_fate_pass_the_checks(
    faults: list[dict[str, Any]], staged: dict[Any, dict[str, Any]]
) -> None:
    sound = [fault for fault in faults if fault["row_number"] is not None and fault["fate"] != "quarantined"]
    assert len(sound) > 1_000
    assert [place(fault) for fault in sound if not staged[place(fault)]["accepted"]] == []


def test_nothing_but_faults_is_quarantined(faults: list[dict[str, Any]], built_night: BuiltNight) -> None:
    expected = Counter((fault["table"]) for fault in of(faults, "quarantined"))
    aside = Counter[str]()
    for account in ledger.ledger_json(built_night.settings):
        aside[account["table"]] += account["quarantined"]["rows"]
    assert +aside == expected


def test_readers_are_told_why_rows_are_aside(faults: list[dict[str, Any]], built_night: BuiltNight) -> None:
    expected = Counter((fault["point_id"], fault["table"], fault["reason"]) for fault in of(faults, "quarantined"))
    asked = "select point_id, table_name, reason_code, sum(set_aside_rows)::int from onboarding.set_aside group by all"
    with duckdb.connect(str(built_night.settings.serving), read_only=True) as db:
        told = Counter({tuple(key): rows for *key, rows in db.execute(asked).fetchall()})
    assert {key: told[key] for key in expected if told[key] < expected[key]} == {}, "a row may have more reasons"
    assert {key[:2] for key in told} == {key[:2] for key in expected}


def test_waiting_rows_wait(faults: list[dict[str, Any]], built_night: BuiltNight) -> None:
    expected = {place(fault) for fault in of(faults, "waiting")}
    columns = ["point_id", "sequence", "row_number"]
    waiting = set()
    for name in exchange():
        path = waiting_path(built_night.settings, conformed_of(name))
        rows = DeltaTable(str(path)).to_pyarrow_table(columns=columns).to_pylist()
        waiting |= {(row["point_id"], name, row["sequence"], row["row_number"]) for row in rows}
    assert waiting == expected


def test_refused_deliveries_bear_their_reason(
    faults: list[dict[str, Any]], landed: dict[tuple[str, str], Landed]
) -> None:
    for fault in of(faults, "refused"):
        record = landed[fault["point_id"], fault["delivery"]]
        assert record.status == "refused"
        assert fault["reason"] in {reason.code for reason in record.reasons}, fault["fault"]


def test_repeated_deliveries_are_stored_once(
    faults: list[dict[str, Any]], landed: dict[tuple[str, str], Landed]
) -> None:
    repeats = [fault for fault in of(faults, "repeated") if fault["fault"] == "repeated_delivery"]
    assert repeats
    assert {landed[fault["point_id"], fault["delivery"]].status for fault in repeats} == {"repeated"}


def test_repairs_of_landing_are_counted_one_by_one(
    faults: list[dict[str, Any]], landed: dict[tuple[str, str], Landed]
) -> None:
    expected = Counter[tuple[str, str, str, str, str]]()
    for fault in of(faults, "repaired"):
        if fault["reason"] != "misspelling":
            expected[fault["point_id"], fault["delivery"], fault["table"], fault["column"] or "", fault["reason"]] += 1
    counted = Counter(
        {
            (record.point, record.name, table, repair.column, repair.repair): repair.rows
            for record in landed.values()
            if record.status == "landed"
            for table, read in record.tables.items()
            for repair in read.repairs
        }
    )
    assert counted == expected


def test_misspellings_are_repaired_and_counted(faults: list[dict[str, Any]], staged: dict[Any, dict[str, Any]]) -> None:
    misspelled = [fault for fault in of(faults, "repaired") if fault["reason"] == "misspelling"]
    assert misspelled
    assert {staged[place(fault)]["repaired"] for fault in misspelled} == {1}


def test_reversals_stand_and_are_marked(faults: list[dict[str, Any]], built_night: BuiltNight) -> None:
    db, table = connection(), conformed()["medical_records.charge_item"]
    lake, truth = show_lake(db, built_night.settings, table), show_truth(db, built_night.province, table)
    (expected,) = db.sql(f"select count(*) from {truth} where amount < 0").fetchone() or (0,)
    marked = db.sql(f"select count(*), max(amount) < 0, count(reversal_of) from {lake} where is_reversal").fetchone()
    assert len([fault for fault in of(faults, "accepted") if fault["fault"] == "reversal"]) >= expected > 500
    assert marked == (expected, True, expected)
