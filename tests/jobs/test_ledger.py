"""Accounts: what became of every row and fen, whatever the order in which it was posted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jobs import ledger
from jobs.commands.ledger import ledger as ledger_command
from jobs.ledger.postings import POSTINGS
from lakehouse.errors import DamageError
from lakehouse.settings import Settings

DAY = date(2026, 6, 30)
AFTER_LANDING = ("accepted", "quarantined", "waiting", "repeated", "superseded", "deleted")


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def posting(fate: str, rows: int, fen: int = 0, **more: Any) -> dict[str, Any]:
    """A posting to the account of P001's eighth delivery, unless `more` names another."""
    account = {
        "point_id": "P001",
        "business_date": DAY,
        "sequence": 8,
        "kind": "increment",
        "delivery": "2026-06-30-0008-1a2b3c4d",
        "table": "charge_item",
        "unpriced": 0,
    }
    return {**account, **more, "fate": fate, "rows": rows, "fen": fen}


def post(lake: Settings, step: str, *postings: dict[str, Any], batch: str = "2026-06-30.1") -> None:
    ledger.write_postings(lake, ledger.Batch(batch, DAY), step, pa.Table.from_pylist(list(postings), schema=POSTINGS))


def test_an_empty_lake_has_no_accounts_and_nothing_out_of_balance(lake: Settings) -> None:
    assert ledger.accounts(lake).num_rows == 0
    assert ledger.unbalanced(lake).num_rows == 0
    assert ledger.ledger_json(lake) == []


def test_an_account_is_printed_in_the_form_that_was_agreed(lake: Settings) -> None:
    post(lake, "landing", posting("declared", 5, 900), posting("landed", 5, 900, unpriced=1))
    post(lake, "stage", posting("accepted", 4, 700), posting("quarantined", 1, 200))
    post(lake, "merge-charge_item", posting("accepted", -1, -100), posting("superseded", 1, 100))
    nothing = {"rows": 0, "fen": 0}
    assert ledger.ledger_json(lake) == [
        {
            "point": "P001",
            "business_date": "2026-06-30",
            "sequence": 8,
            "kind": "increment",
            "table": "charge_item",
            "declared": {"rows": 5, "fen": 900},
            "refused": nothing,
            "landed": {"rows": 5, "fen": 900},
            "accepted": {"rows": 3, "fen": 600},
            "quarantined": {"rows": 1, "fen": 200},
            "waiting": nothing,
            "repeated": nothing,
            "superseded": {"rows": 1, "fen": 100},
            "deleted": nothing,
            "unpriced": 1,
            "balanced": True,
        }
    ]


def test_a_step_written_twice_counts_once(lake: Settings) -> None:
    for _ in range(2):
        post(lake, "landing", posting("declared", 5), posting("refused", 5))
    assert ledger.ledger_json(lake)[0]["declared"] == {"rows": 5, "fen": 0}


def test_the_same_postings_in_another_order_give_the_same_bytes(lake: Settings) -> None:
    rows = [posting("declared", 5), posting("landed", 5), posting("accepted", 5)]
    post(lake, "there", *rows)
    post(lake, "back", *reversed(rows))
    folder = lake.ledger / "postings"
    there, back = (folder / f"2026-06-30.1-{step}.parquet" for step in ("there", "back"))
    assert there.read_bytes() == back.read_bytes()


@pytest.mark.parametrize(
    "postings",
    [
        [posting("declared", 5), posting("landed", 4), posting("accepted", 4)],
        [posting("declared", 5), posting("landed", 5), posting("accepted", 4)],
        [posting("declared", 5, 10), posting("landed", 5, 10), posting("accepted", 5, 9)],
        [posting("declared", 5), posting("landed", 5), posting("accepted", 6), posting("waiting", -1)],
    ],
    ids=["a row lost before landing", "a row lost after landing", "a fen lost", "fewer than no rows"],
)
def test_an_account_out_of_balance_is_found(lake: Settings, postings: list[dict[str, Any]]) -> None:
    post(lake, "stage", *postings)
    assert ledger.unbalanced(lake).num_rows == 1


def test_negative_fen_balance_as_reversals_are_money_too(lake: Settings) -> None:
    post(lake, "stage", *(posting(fate, 1, -500) for fate in ("declared", "landed", "accepted")))
    assert ledger.unbalanced(lake).num_rows == 0


moves = st.lists(
    st.tuples(
        st.sampled_from(AFTER_LANDING), st.sampled_from(AFTER_LANDING), st.integers(0, 9), st.integers(-500, 500)
    ),
    max_size=8,
)


@given(rows=st.integers(0, 50), fen=st.integers(-9_000, 9_000), moved=moves, order=st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moving_rows_between_fates_keeps_the_balance_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, rows: int, fen: int, moved: list[Any], order: Any
) -> None:
    postings = [posting("declared", rows, fen), posting("landed", rows, fen), posting("accepted", rows, fen)]
    for source, target, some, money in moved:
        postings += [posting(source, -some, -money), posting(target, some, money)]
    shuffled = list(postings)
    order.shuffle(shuffled)
    found = []
    for name, sequence in (("there", postings), ("shuffled", shuffled)):
        lake = Settings(*(tmp_path_factory.mktemp(name),) * 3)
        post(lake, "landing", *sequence[::2])
        post(lake, "stage", *sequence[1::2])
        found.append(ledger.accounts(lake).to_pylist())
    assert found[0] == found[1]
    (account,) = found[0]
    fates = [account[f"{fate}_rows"] for fate in AFTER_LANDING]
    assert sum(fates) == rows
    assert account["balanced"] == (min(fates) >= 0)


def test_accounts_are_narrowed_to_a_point_a_date_a_table_or_months(lake: Settings) -> None:
    post(
        lake,
        "landing",
        posting("declared", 1),
        posting("declared", 2, point_id="P002"),
        posting("declared", 3, table="encounter"),
        posting("declared", 4, business_date=date(2026, 5, 31)),
    )

    def declared(**asked: Any) -> list[int]:
        return sorted(ledger.accounts(lake, **asked)["declared_rows"].to_pylist())

    assert declared() == [1, 2, 3, 4]
    assert declared(point="P002") == [2]
    assert declared(business_date=date(2026, 5, 31)) == [4]
    assert declared(table="encounter") == [3]
    assert declared(months=["2026-05"]) == [4]
    assert declared(point="P001", months=["2026-06"]) == [1, 3]


def test_a_pandas_frame_is_taken_as_well(lake: Settings) -> None:
    rows = pd.DataFrame([posting("declared", 5), posting("refused", 5)])
    ledger.write_postings(lake, ledger.Batch("2026-06-30.1", DAY), "landing", rows)
    assert ledger.unbalanced(lake).num_rows == 0
    assert ledger.accounts(lake)["refused_rows"].to_pylist() == [5]


def test_an_unknown_fate_stops_the_step(lake: Settings) -> None:
    with pytest.raises(DamageError, match="LEDGER-002"):
        post(lake, "stage", posting("lost", 1))
    assert ledger.accounts(lake).num_rows == 0


def test_missing_columns_stop_the_step_and_no_value_is_said(lake: Settings) -> None:
    rows = pa.table({"point_id": ["P001"], "fate": ["SECRET"]})
    with pytest.raises(DamageError, match=r"LEDGER-001.*point_id string, fate string") as error:
        ledger.write_postings(lake, ledger.Batch("2026-06-30.1", DAY), "stage", rows)
    assert "SECRET" not in str(error.value)


def delivery(status: str, **more: Any) -> dict[str, Any]:
    """What landing leaves in `delivery.json`, as far as the ledger reads it."""
    table = {"declared": {"rows": 3, "fen": 300}, "landed": {"rows": 3, "fen": 300}, "unpriced": 1}
    return {
        "point": "P001",
        "folder": "2026-06-30-0008-1a2b3c4d",
        "business_date": "2026-06-30",
        "sequence": 8,
        "kind": "increment",
        "status": status,
        "tables": {"charge_item": table},
        **more,
    }


@pytest.mark.parametrize(
    ("status", "fates", "unpriced"),
    [
        ("landed", {"declared": 3, "landed": 3}, 1),
        ("refused", {"declared": 3, "refused": 3}, 0),
        ("repeated", {"declared": 3, "landed": 3, "repeated": 3}, 1),
    ],
)
def test_landing_opens_an_account(status: str, fates: dict[str, int], unpriced: int) -> None:
    postings = ledger.landing_postings([delivery(status)])
    assert dict(zip(postings["fate"].to_pylist(), postings["rows"].to_pylist(), strict=True)) == fates
    assert pc.sum(postings["unpriced"]).as_py() == unpriced
    assert set(postings["fen"].to_pylist()) == {300}


def test_a_delivery_whose_manifest_could_not_be_read_has_an_empty_account(lake: Settings) -> None:
    unreadable = delivery("refused", business_date=None, sequence=None, kind=None, tables={})
    ledger.write_postings(
        lake, ledger.Batch("2026-06-30.1", DAY), "landing", ledger.landing_postings([unreadable, delivery("repeated")])
    )
    found = {row["sequence"]: row for row in ledger.ledger_json(lake)}
    assert found[8]["repeated"] == {"rows": 3, "fen": 300}
    assert found[None]["table"] is None
    assert found[None]["refused"] == {"rows": 0, "fen": 0}
    assert found[None]["balanced"]


def test_counters_reasons_and_unmapped_codes_are_kept_per_step(lake: Settings) -> None:
    batch = ledger.Batch("2026-06-30.1", DAY)
    head = {"point_id": "P001", "business_date": DAY, "sequence": 8, "delivery": "d", "table": "encounter"}
    counted = dict.fromkeys(
        ("rows", "quarantined", "unmapped", "coded", "nulls", "cells", "fen", "unpriced", "repaired"), 7
    )
    ledger.write_counters(
        lake, batch, "stage", pd.DataFrame([{**head, **counted, "kind": "increment", "latest_event": None}])
    )
    ledger.write_reasons(lake, batch, "stage", pd.DataFrame([{**head, "reason": "nul", "column": "sex", "rows": 2}]))
    unknown = {"dialect": "standard-1", "list": "sex", "written": "Q", "point_id": "P001", "table": "encounter"}
    ledger.write_unmapped(lake, batch, "stage", pd.DataFrame([{**unknown, "column": "sex_code", "rows": 1}]))
    assert ledger.counters(lake)[["business_date", "rows"]].to_dict("records") == [{"business_date": DAY, "rows": 7}]
    assert ledger.reasons(lake)["rows"].to_pylist() == [2]
    assert ledger.unmapped(lake)["written"].to_pylist() == ["Q"]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("asked", [[], ["--point", "P001"], ["--date", "2026-06-30"], ["--table", "charge_item"]])
def test_no_number_is_cut_off_on_a_narrow_terminal(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, asked: list[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    many = {
        "declared": 9_006_310,
        "landed": 9_006_310,
        "accepted": 9_000_210,
        "quarantined": 4_100,
        "superseded": 2_000,
    }
    post(lake, "stage", *(posting(fate, rows, 100 * rows) for fate, rows in many.items()))
    done = CliRunner().invoke(ledger_command, asked)
    assert done.exit_code == 0
    for text in ("9,006,310", "9,000,210", "4,100", "2,000", "✓", "隔离"):
        assert text in done.output


def test_the_command_ends_with_three_when_an_account_does_not_balance(lake: Settings) -> None:
    post(lake, "stage", posting("declared", 5), posting("landed", 4))
    shown = CliRunner().invoke(ledger_command)
    assert shown.exit_code == 3
    assert "✗ 1" in shown.output
    printed = CliRunner().invoke(ledger_command, ["--json", "--point", "P001", "--date", "2026-06-30"])
    assert (printed.exit_code, json.loads(printed.output)) == (3, ledger.ledger_json(lake))
    assert json.loads(CliRunner().invoke(ledger_command, ["--json", "--point", "P002"]).output) == []
