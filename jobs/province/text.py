"""Columns of text made from arrays of numbers, a million cells a second: the wire form of times, money and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jobs.province.draws import Flags

Characters = NDArray[np.uint8]
DAY = 86_400
FIRST_DAY = -31_000  # 1885-02-14: no plausible date lies before it.
LAST_DAY = 40_000


def words(line: str) -> list[str]:
    """The words of a line."""
    return line.split()


def digits(values: Any, width: int) -> Characters:
    """Whole numbers as ASCII digits with leading zeros, a row each."""
    rest = np.asarray(values, dtype=np.int64).copy()
    matrix = np.empty((len(rest), width), dtype=np.uint8)
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        matrix[:, place] = digit + 48
    return matrix


def glue(count: int, *parts: Characters | str) -> Characters:
    """Rows of characters set side by side; a plain text (ASCII) stands in every row."""
    blocks = [
        np.broadcast_to(np.frombuffer(part.encode("ascii"), dtype=np.uint8), (count, len(part)))
        if isinstance(part, str)
        else part
        for part in parts
    ]
    return np.concatenate(blocks, axis=1) if blocks else np.empty((count, 0), dtype=np.uint8)


def text(matrix: Characters, present: Flags | None = None) -> pa.Array:
    """A text column from rows of characters; null where it is not present."""
    count, width = matrix.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32) if width else np.zeros(count + 1, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(np.ascontiguousarray(matrix).tobytes())]
    return blank(pa.Array.from_buffers(pa.string(), count, buffers), present)


def blank(column: pa.Array, present: Flags | None) -> pa.Array:
    """The column with null where it is not present."""
    if present is None:
        return column
    return pc.if_else(pa.array(present), column, pa.scalar(None, column.type))


def pick(values: Sequence[str | None], index: Any, present: Flags | None = None) -> pa.Array:
    """A text column whose cells are `values` at `index`."""
    return blank(pa.array(values, pa.string()).take(pa.array(np.asarray(index, dtype=np.int64))), present)


def same(value: str | None, count: int) -> pa.Array:
    """A text column with one value throughout."""
    return pa.repeat(pa.scalar(value, pa.string()), count)


def flags(values: Flags, present: Flags | None = None) -> pa.Array:
    """Yes and no as 1 and 0."""
    return pick(("0", "1"), values, present)


def integers(values: Any, present: Flags | None = None) -> pa.Array:
    """Whole numbers as text."""
    return blank(pc.cast(pa.array(np.asarray(values, dtype=np.int64)), pa.string()), present)


def _calendar() -> Characters:
    days = np.arange(FIRST_DAY, LAST_DAY).astype("datetime64[D]").astype("S10")
    return days.view(np.uint8).reshape(-1, 10)


def _clock() -> Characters:
    seconds = np.arange(DAY)
    return glue(DAY, digits(seconds // 3600, 2), ":", digits(seconds // 60 % 60, 2), ":", digits(seconds % 60, 2))


CALENDAR, CLOCK = _calendar(), _clock()


def dates(days: Any, present: Flags | None = None) -> pa.Array:
    """Days since 1970 as YYYY-MM-DD."""
    return text(CALENDAR[np.asarray(days, dtype=np.int64) - FIRST_DAY], present)


def times(seconds: Any, present: Flags | None = None) -> pa.Array:
    """Seconds since 1970, of Beijing's clock, as YYYY-MM-DD HH:MM:SS."""
    day, second = np.divmod(np.asarray(seconds, dtype=np.int64), DAY)
    return text(glue(len(day), CALENDAR[day - FIRST_DAY], " ", CLOCK[second]), present)


def money(fen: Any, present: Flags | None = None) -> pa.Array:
    """Fen as yuan with two decimals."""
    fen = np.asarray(fen, dtype=np.int64)
    sign = pick(("", "-"), fen < 0)
    yuan, rest = np.divmod(np.abs(fen), 100)
    cells = pc.binary_join_element_wise(sign, integers(yuan), text(glue(len(fen), ".", digits(rest, 2))), "")
    return blank(cells, present)


def distinct(column: Any, change: Callable[[str], str | None]) -> pa.Array:
    """The column with every distinct cell changed once; nulls stay."""
    coded = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
    changed = pa.array([None if cell is None else change(cell) for cell in coded.dictionary.to_pylist()], pa.string())
    return changed.take(coded.indices)
