"""What everybody may see: sums of months, and only of those with enough institutions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from jobs.overview import PRESCRIPTIONS, SPENDING, SQL, can_be_made
from warehouse_models.public import OVERVIEW


@pytest.fixture
def served() -> Iterator[duckdb.DuckDBPyConnection]:
    """Six institutions in June and in May, one of them without prescriptions; five in April."""
    with duckdb.connect() as connection:
        connection.execute("create schema spending; create schema supervision")
        connection.execute(
            f"create table {SPENDING} (month varchar, institution_code varchar, charge_bucket_code varchar,"
            " income decimal(18,2), drug_income decimal(18,2), visits int)"
        )
        connection.execute(
            f"create table {PRESCRIPTIONS} (month varchar, institution_code varchar, prescriptions int,"
            " antibiotic_prescriptions int)"
        )
        for month, institutions in (("2026-06", 6), ("2026-05", 6), ("2026-04", 5)):
            for place in range(institutions):
                rows = [
                    [month, f"H{place}", "drug", "10.10", "10.10", 2],
                    [month, f"H{place}", "material", "0.05", "0", 0],
                ]
                connection.executemany(f"insert into {SPENDING} values (?, ?, ?, ?, ?, ?)", rows)
        connection.execute(f"insert into {PRESCRIPTIONS} values ('2026-06', 'H1', 7, 3), ('2026-06', 'H2', 1, null)")
        yield connection


def test_sums_of_months_with_enough_institutions(served: duckdb.DuckDBPyConnection) -> None:
    rows = sorted(served.execute(SQL).fetchall())
    sums = (6, Decimal("60.90"), Decimal("60.60"), Decimal("0.30"), 12)
    assert rows == [("2026-05", *sums, 0, 0), ("2026-06", *sums, 8, 3)]


def test_its_columns_are_those_of_the_contract(served: duckdb.DuckDBPyConnection) -> None:
    found = served.execute(SQL).description
    assert [name for name, *_ in found or ()] == [column.name for column in OVERVIEW.columns]


def test_it_needs_both_marts() -> None:
    assert can_be_made([SPENDING, PRESCRIPTIONS, "quality.card"])
    assert not can_be_made([SPENDING])
