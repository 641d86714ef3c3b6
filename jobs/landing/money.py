"""Money and prices: exact, as whole numbers of the smallest unit, and as text in yuan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Thirteen digits before the point: more than a nation spends, and few enough for sums of them in 64 bits.
MONEY = r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"
WHOLE = r"^-?[0-9]{1,15}$"
PRICE_IN_FEN = r"^-?[0-9]{1,14}(\.[0-9]{1,2})?$"
# What a dialect in fen leaves unread must not pass for yuan.
UNREAD = " fen"


def fen_of_yuan(cells: Any) -> Any:
    """Sums in yuan as fen; null where a cell is no money: empty, a third decimal, an exponent, a word."""
    return _scaled(cells, MONEY, 2)


def yuan_of_fen(cells: Any) -> Any:
    """Sums in whole fen as text in yuan."""
    return _as_yuan(cells, _scaled(cells, WHOLE, 0), 2)


def price_in_yuan(cells: Any) -> Any:
    """Prices in fen, with at most two decimals, as text in yuan."""
    return _as_yuan(cells, _scaled(cells, PRICE_IN_FEN, 2), 4)


def _scaled(cells: Any, pattern: str, decimals: int) -> Any:
    """Decimal text as whole numbers of 10^-decimals; null where it has not the pattern."""
    fits = pc.fill_null(pc.match_substring_regex(cells, pattern), False)
    plain = pc.if_else(fits, cells, pa.scalar(None, pa.string()))
    exact = pc.cast(plain, pa.decimal128(18, decimals))
    low = np.frombuffer(exact.buffers()[1], dtype=np.int64)[::2]  # Of each 16 bytes the lower 8; 18 digits fit.
    return pa.array(low[exact.offset : exact.offset + len(exact)], mask=~fits.to_numpy(zero_copy_only=False))


def _as_yuan(cells: Any, scaled: Any, decimals: int) -> Any:
    """Numbers of 10^-decimals yuan as text. Cells that are none are marked as unread; nulls stay."""
    size = pc.abs(scaled)
    unit = 10**decimals
    whole = pc.cast(pc.divide(size, unit), pa.string())
    part = pc.subtract(size, pc.multiply(pc.divide(size, unit), unit))
    rest = pc.utf8_lpad(pc.cast(part, pa.string()), decimals, "0")
    sign = pc.if_else(pc.less(scaled, 0), "-", "")
    text = pc.binary_join_element_wise(sign, pc.binary_join_element_wise(whole, rest, "."), "")
    return pc.if_else(pc.is_valid(scaled), text, pc.binary_join_element_wise(cells, UNREAD, ""))
