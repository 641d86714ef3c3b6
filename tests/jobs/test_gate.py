"""The gate: which deliveries pass, are warned or are held, by their counters and those of earlier business dates."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from expectations.gate import Thresholds, limits
from jobs import ledger
from jobs.gate import judge, run_gate
from jobs.gate.measures import measures
from jobs.gate.validation import Docs, run
from jobs.landing.record import Counted, Declared, Landed, LandedTable, Status, write_record
from lakehouse.settings import Settings
from warehouse_models.codes import is_workday

TUESDAY = date(2026, 6, 30)
WORKDAYS = [date(2026, 6, day) for day in (22, 23, 24, 25, 26, 29)]
RESTDAYS = [date(2026, 6, day) for day in (7, 13, 14, 27)]


def counted(point: str, day: date = TUESDAY, sequence: int = 0, **more: Any) -> dict[str, Any]:
    """Counters of one delivery and table: a hundred rows as sound as usual, unless `more` says otherwise."""
    sequence = sequence or day.toordinal() - WORKDAYS[0].toordinal() + 100
    usual = {
        "point_id": point,
        "business_date": day,
        "sequence": sequence,
        "kind": "increment",
        "delivery": f"{day}-{sequence:04d}-1a2b3c4d",
        "table": "charge_item",
        "rows": 100,
        "quarantined": 0,
        "unmapped": 0,
        "coded": 400,
        "nulls": 100,
        "cells": 1000,
        "fen": 50_000,
        "unpriced": 0,
        "repaired": 0,
        "latest_event": day,
    }
    return {**usual, **more}


# Case: what is delivered on the Tuesday after six usual workdays, and what the gate says of it.
SIX_DAYS_LATER: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "as usual": ({}, "pass", []),
    "fewer rows": ({"rows": 45}, "warn", ["gate.volume"]),
    "hardly any rows": ({"rows": 10}, "hold", ["gate.volume"]),
    "no rows": ({"rows": 0, "coded": 0, "cells": 0, "fen": 0}, "hold", ["gate.amount", "gate.volume"]),
    "many times the rows": ({"rows": 600}, "hold", ["gate.volume"]),
    "yuan sent as fen": ({"fen": 500}, "hold", ["gate.amount"]),
    "fen sent as yuan": ({"fen": 5_000_000}, "hold", ["gate.amount"]),
    "more reversed than charged": ({"fen": -1}, "hold", ["gate.amount"]),
    "as many quarantined as are tolerated": ({"quarantined": 5}, "pass", []),
    "more quarantined": ({"quarantined": 6}, "warn", ["gate.quarantined"]),
    "much quarantined": ({"quarantined": 31}, "hold", ["gate.quarantined"]),
    "some codes unknown": ({"unmapped": 12}, "warn", ["gate.unmapped"]),
    "a quarter of the codes unknown": ({"unmapped": 100}, "hold", ["gate.unmapped"]),
    "more cells empty": ({"nulls": 250}, "warn", ["gate.nulls"]),
    "most cells empty": ({"nulls": 600}, "hold", ["gate.nulls"]),
    "fewer cells empty": ({"nulls": 0}, "pass", []),
    "nothing newer than five days": ({"latest_event": date(2026, 6, 25)}, "warn", ["gate.freshness"]),
    "nothing newer than a month": ({"latest_event": date(2026, 5, 31)}, "hold", ["gate.freshness"]),
    "a table without times": ({"latest_event": None}, "pass", []),
    "two amounts are not money": ({"unpriced": 2}, "warn", ["gate.unpriced"]),
    "many amounts are not money": ({"unpriced": 21}, "hold", ["gate.unpriced"]),
    "a correction of two rows": (
        {"kind": "correction", "rows": 2, "fen": 1, "latest_event": date(2026, 1, 1)},
        "pass",
        [],
    ),
    "a deletion of two rows": ({"kind": "deletion", "rows": 2, "coded": 0, "fen": 0, "latest_event": None}, "pass", []),
    "two faults at once": ({"rows": 45, "quarantined": 30}, "hold", ["gate.quarantined", "gate.volume"]),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, ledger.Verdict]:
    """The verdict on every case, each at a point of its own, all in one run."""
    history = [counted(name, day) for name in SIX_DAYS_LATER for day in WORKDAYS]
    today = [counted(name, **more) for name, (more, _, _) in SIX_DAYS_LATER.items()]
    found = judge(pd.DataFrame(today), pd.DataFrame(history), Thresholds(), is_workday)
    return {verdict.point: verdict for verdict in found}


@pytest.mark.parametrize("name", SIX_DAYS_LATER)
def test_a_delivery_is_judged(verdicts: dict[str, ledger.Verdict], name: str) -> None:
    _, expected, codes = SIX_DAYS_LATER[name]
    assert (verdicts[name].verdict, sorted(reason.code for reason in verdicts[name].reasons)) == (expected, codes)


def test_a_reason_names_table_measure_value_and_threshold(verdicts: dict[str, ledger.Verdict]) -> None:
    (reason,) = verdicts["hardly any rows"].reasons
    assert (reason.table, reason.measure, reason.value, reason.threshold) == ("charge_item", "volume_ratio", 0.1, 0.2)
    assert reason.says == "It has 0.1 times the rows of comparable days, below 0.2."
    assert reason.says_zh == "行数为可比业务日的0.1倍，低于0.2倍。"


def measured(today: list[dict[str, Any]], history: list[dict[str, Any]], **bounds: float) -> pd.DataFrame:
    """Measures of the tables (not of the deliveries as a whole) in the order of point, sequence and table."""
    rows = [pd.DataFrame(part, columns=list(counted("P001"))) for part in (today, history)]
    found = measures(*rows, replace(Thresholds(), **bounds), is_workday)
    return found[found["table"] != ""].reset_index(drop=True)


def verdict_on(today: list[dict[str, Any]], history: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    rows = [pd.DataFrame(part, columns=list(counted("P001"))) for part in (today, history)]
    found = judge(*rows, Thresholds(), is_workday)
    return [(verdict.verdict, [reason.code for reason in verdict.reasons]) for verdict in found]


def test_a_first_night_is_warned_at_most() -> None:
    assert verdict_on([counted("P001"), counted("P001", table="encounter")], []) == [("warn", ["gate.history"])]


def test_three_comparable_days_are_too_few_to_judge_volume() -> None:
    history = [counted("P001", day) for day in WORKDAYS[:3]]
    assert verdict_on([counted("P001", rows=1, fen=1)], history) == [("warn", ["gate.history"])]


def test_few_rows_never_hold() -> None:
    history = [counted("P001", day, rows=8, fen=900) for day in WORKDAYS]
    sick = counted("P001", rows=4, quarantined=4, unmapped=9, coded=10, fen=0, unpriced=4)
    assert verdict_on([sick], history) == [("warn", ["gate.quarantined", "gate.unmapped", "gate.unpriced"])]


def test_a_table_that_usually_comes_and_is_missing_is_held() -> None:
    history = [counted("P001", day, table=table) for day in WORKDAYS for table in ("charge_item", "encounter")]
    today = counted("P001", table="encounter")
    (verdict,) = judge(pd.DataFrame([today]), pd.DataFrame(history), Thresholds(), is_workday)
    assert verdict.verdict == "hold"
    assert {reason.table for reason in verdict.reasons} == {"charge_item"}


def test_a_table_that_came_once_is_not_missed() -> None:
    history = [counted("P001", day) for day in WORKDAYS] + [counted("P001", WORKDAYS[0], table="drug_catalogue")]
    assert verdict_on([counted("P001")], history) == [("pass", [])]


def test_days_of_rest_are_compared_with_days_of_rest() -> None:
    history = [counted("P001", day) for day in WORKDAYS] + [counted("P001", day, rows=50) for day in RESTDAYS]
    sunday = date(2026, 6, 28)
    assert measured([counted("P001", sunday, rows=50)], history)["volume_ratio"].tolist() == [1.0]


def test_a_workday_at_a_weekend_is_compared_with_workdays() -> None:
    worked = date(2026, 2, 14)  # A Saturday, worked in exchange for a day of the Spring Festival.
    before = [worked - timedelta(days=days) for days in (1, 2, 3, 4)]
    history = [counted("P001", day, rows=rows) for day, rows in zip(before, (100, 100, 300, 300), strict=True)]
    assert measured([counted("P001", worked)], history)["volume_ratio"].tolist() == [0.5]


def test_later_business_dates_are_not_looked_at() -> None:
    history = [counted("P001", day) for day in WORKDAYS]
    later = [counted("P001", TUESDAY + timedelta(days=days), rows=9_000) for days in range(1, 9)]
    today = [counted("P001")]
    assert measured(today, history + later).equals(measured(today, history))


def test_days_beyond_the_window_are_not_looked_at() -> None:
    history = [counted("P001", day) for day in WORKDAYS]
    old = [counted("P001", TUESDAY - timedelta(days=days), rows=9_000) for days in range(29, 60)]
    assert measured([counted("P001")], history + old)["volume_ratio"].tolist() == [1.0]


def test_other_points_are_not_looked_at() -> None:
    history = [counted("P001", day) for day in WORKDAYS] + [counted("P002", day, rows=9_000) for day in WORKDAYS]
    assert measured([counted("P001")], history)["volume_ratio"].tolist() == [1.0]


def test_a_second_increment_of_a_day_is_judged_with_the_first() -> None:
    history = [counted("P001", day) for day in WORKDAYS]
    first, second = counted("P001", sequence=200), counted("P001", sequence=201, rows=10)
    assert measured([second], [first, *history])["volume_ratio"].tolist() == [1.1]
    assert measured([first], [second, *history])["volume_ratio"].tolist() == [1.0]


def test_the_order_of_counters_does_not_matter() -> None:
    drawn = random.Random(7)
    history = [counted(f"P{point}", day, rows=drawn.randint(50, 150)) for point in range(5) for day in WORKDAYS]
    today = [counted(f"P{point}", rows=drawn.randint(50, 150)) for point in range(5)]
    expected = measured(today, history)
    assert expected["volume_ratio"].notna().all()
    for _ in range(3):
        drawn.shuffle(history)
        drawn.shuffle(today)
        assert measured(today, history).equals(expected)


def test_no_deliveries_are_no_verdicts() -> None:
    assert verdict_on([], [counted("P001", day) for day in WORKDAYS]) == []


def leaves(value: Any) -> Iterator[Any]:
    """Every value in nested lists and dictionaries."""
    if isinstance(value, dict):
        yield from leaves(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def test_results_and_pages_hold_counters_and_names_only(tmp_path: Path) -> None:
    history = pd.DataFrame([counted("P001", day, patient="CANARY") for day in WORKDAYS])
    today = pd.DataFrame([counted("P001", rows=10, quarantined=9, patient="CANARY")])
    frame = measures(today, history, Thresholds(), is_workday)
    results = run(frame, limits(Thresholds()), Docs(tmp_path, "2026-06-30.1", TUESDAY))
    names = {"point", "table", "delivery", "P001", "charge_item", today["delivery"][0]}
    texts = {leaf for leaf in leaves(results) if isinstance(leaf, str)}
    assert {text for text in texts if not text.startswith("df.filter(items=[")} == names
    pages = sorted(tmp_path.rglob("*.html"))
    assert {page.parent.name for page in pages} >= {tmp_path.name, "expectations"}
    assert any("P001" in page.read_text() for page in pages)
    assert [page for page in pages if "CANARY" in page.read_text()] == []


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "settings.yaml").write_text("name: Test\n")
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def land(lake: Settings, row: dict[str, Any], status: Status = "landed") -> None:
    """Leave the record that landing leaves of the delivery that a row of counters is of."""
    nothing = LandedTable(declared=Declared(rows=0, fen=0), landed=Counted(rows=0, fen=0))
    head = {name: row[name] for name in ("business_date", "sequence", "kind")}
    names = {"point": row["point_id"], "name": row["delivery"], "folder": row["delivery"]}
    rest: dict[str, Any] = {"manifest_sha256": "", "dialect": "standard-1", "sealed": "", "raw_bytes": 0}
    record = Landed(**head, **names, **rest, status=status, tables={row["table"]: nothing})
    (lake.landing / record.id).mkdir(parents=True)
    write_record(record, lake.landing / record.id)


def night(lake: Settings, day: date, *counters: dict[str, Any]) -> dict[str, str]:
    """Stage counters in a batch, gate and finish it; verdicts by business date."""
    for row in counters:
        land(lake, row)
    names = [f"{row['point_id']}/{row['delivery']}" for row in counters]
    batch = ledger.open_batch(lake, day, names, {})
    ledger.write_counters(lake, batch, "stage", pd.DataFrame(counters))
    found = run_gate(lake, batch)
    assert run_gate(lake, batch) == found == ledger.verdicts(lake, batch)
    ledger.finish(lake, batch)
    return {str(verdict.business_date): verdict.verdict for verdict in found}


def test_a_held_delivery_is_judged_again_when_an_earlier_date_arrives(lake: Settings) -> None:
    rows_of = dict(zip(WORKDAYS, (40, 40, 40, 100, 100), strict=False))
    monday, tuesday, late, *others = [counted("P001", day, rows=rows) for day, rows in rows_of.items()]
    night(lake, WORKDAYS[4], monday, tuesday, *others)
    assert night(lake, TUESDAY, counted("P001", rows=13)) == {"2026-06-30": "hold"}
    assert [verdict.business_date for verdict in ledger.held(lake)] == [TUESDAY]
    assert night(lake, TUESDAY, late) == {"2026-06-24": "warn", "2026-06-30": "warn"}
    assert ledger.held(lake) == []


def test_a_delivery_without_any_row_is_held(lake: Settings) -> None:
    night(lake, WORKDAYS[-1], *[counted("P001", day) for day in WORKDAYS])
    for status in ("landed", "repeated"):
        land(lake, counted("P001", delivery=f"2026-06-30-0108-{status}"), status)
    batch = ledger.open_batch(lake, TUESDAY, ["P001/2026-06-30-0108-landed", "P001/2026-06-30-0108-repeated"], {})
    (verdict,) = run_gate(lake, batch)
    assert (verdict.delivery, verdict.verdict) == ("2026-06-30-0108-landed", "hold")
    assert {reason.code for reason in verdict.reasons} == {"gate.amount", "gate.volume"}


def test_a_site_sets_its_own_thresholds(lake: Settings) -> None:
    (lake.site / "settings.yaml").write_text("name: Test\ngate: {quarantined_share_hold_above: 0.01}\n")
    assert night(lake, TUESDAY, counted("P001", quarantined=2)) == {"2026-06-30": "hold"}


def test_a_rejected_delivery_is_not_compared_with(lake: Settings) -> None:
    wrong = counted("P001", TUESDAY - timedelta(days=1), quarantined=90)
    assert night(lake, WORKDAYS[-1], wrong) == {"2026-06-29": "hold"}
    ledger.decide(lake, f"P001/{wrong['delivery']}", "reject", "The extract was broken.", "Li")
    night(lake, TUESDAY, counted("P001"))
    (verdict,) = ledger.verdicts(lake, ledger.batches(lake)[-1])
    assert [(reason.code, reason.value) for reason in verdict.reasons] == [("gate.history", 0.0)]
