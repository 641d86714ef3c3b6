"""Columns of text made from arrays say what Python's own formatting says."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.province import text
from jobs.province.dialect import dialect
from jobs.province.formulary import fens_of, prices
from jobs.province.wire import fens
from warehouse_models.exchange.charge_item import CHARGE_ITEM

FEN = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20)


@given(FEN)
def test_money_is_yuan_with_two_decimals(amounts: list[int]) -> None:
    cells = text.money(np.array(amounts))
    assert cells.to_pylist() == [f"{Decimal(amount).scaleb(-2):.2f}" for amount in amounts]
    assert fens(cells).tolist() == amounts


@given(FEN)
def test_the_vendors_fen_are_the_same_money(amounts: list[int]) -> None:
    cells = dialect("huakang-3").cells(CHARGE_ITEM.column("amount"), text.money(np.array(amounts)))
    assert [int(cell) for cell in cells.to_pylist()] == amounts


def test_a_cell_that_is_not_money_counts_nothing() -> None:
    assert fens(pa.array(["1.00", "免费", None, "-0.05", "7", "1.234"])).tolist() == [100, 0, 0, -5, 700, 0]


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=20))
def test_times_are_those_of_the_calendar(seconds: list[int]) -> None:
    expected = [str(datetime.fromisoformat("1970-01-01") + timedelta(seconds=second)) for second in seconds]
    assert text.times(np.array(seconds)).to_pylist() == expected


@pytest.mark.parametrize(("quantity", "ticks", "fen"), [(3, 12_345, 370), (1, 50, 1), (1, 49, 0), (105, 850, 893)])
def test_amounts_are_rounded_half_up_to_the_fen(quantity: int, ticks: int, fen: int) -> None:
    assert fens_of(np.array([quantity]), np.array([ticks])).tolist() == [fen]
    price = Decimal(prices(np.array([ticks]))[0].as_py())
    assert price == Decimal(ticks) / 10_000
