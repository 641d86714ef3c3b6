"""Every delivery's account: balanced, and as the generator says it must be."""

from __future__ import annotations

from collections import Counter

from jobs import ledger
from tests.end_to_end.conftest import PLAN, BuiltNight
from tests.end_to_end.tables import connection

UNITS = [*(f"{fate}_{unit}" for fate in ledger.FATES for unit in ("rows", "fen")), "unpriced"]


def test_every_account_balances_in_rows_and_fen(built_night: BuiltNight) -> None:
    accounts = ledger.accounts(built_night.settings)
    assert accounts.num_rows > 5_000
    assert ledger.unbalanced(built_night.settings).num_rows == 0


def test_accounts_are_those_of_the_truth(built_night: BuiltNight) -> None:
    db = connection()
    db.register("found", ledger.accounts(built_night.settings))
    truth = built_night.province / "truth" / "accounts.parquet"
    fates = ", ".join(f"sum({unit})::bigint as {unit}" for unit in UNITS)
    key = 'point_id, business_date, sequence, "table"'
    expected = f"select {key}, {fates} from read_parquet('{truth}') group by all"
    actual = f"select {key}, {fates} from found group by all"
    assert db.sql(f"({expected}) except all ({actual})").fetchall()[:3] == []
    assert db.sql(f"({actual}) except all ({expected})").fetchall()[:3] == []


def test_a_refused_delivery_stops_nobody_else(built_night: BuiltNight) -> None:
    """By business date: whoever offered something sound stands there, whatever was refused of others, or of the same point."""
    db, truth = connection(), built_night.province / "truth" / "accounts.parquet"
    sound = f"select distinct business_date::varchar, point_id from read_parquet('{truth}') where accepted_rows > 0"
    refused, standing = set(), set()
    for row in ledger.ledger_json(built_night.settings):
        of = row["business_date"], row["point"]
        refused |= {of} if row["refused"]["rows"] else set()
        standing |= {of} if row["accepted"]["rows"] else set()
    assert standing == set(db.sql(sound).fetchall())
    assert len({date for date, _ in refused}) >= 5
    assert Counter(date for date, _ in standing) == dict.fromkeys(map(str, PLAN.dates), 93)
