"""Text columns as matrices of bytes: fixed-width cells are read and written for all rows at once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Ints: TypeAlias = npt.NDArray[np.int64]
ZERO = ord("0")


def of_width(cells: Any, width: int) -> tuple[Ints, Bytes]:
    """The rows whose cell has `width` bytes, and those bytes: one line a place, one column a row."""
    lengths = pc.fill_null(pc.binary_length(cells), -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(lengths == width)
    chosen = cells if len(rows) == len(cells) else cells.take(pa.array(rows))
    return rows, np.ascontiguousarray(content(chosen).reshape(-1, width).T)


def content(cells: Any) -> Bytes:
    """The bytes of all cells, one after the other; empty where there are none."""
    buffer = cells.buffers()[2]
    if buffer is None or len(cells) == 0:
        return np.empty(0, dtype=np.uint8)
    edges = np.frombuffer(cells.buffers()[1], dtype=np.int32)[[cells.offset, cells.offset + len(cells)]]
    return np.frombuffer(buffer, dtype=np.uint8)[edges[0] : edges[1]]


def with_places(cells: Any, rows: Ints, places: Bytes) -> Any:
    """The column with the cells of some rows replaced by fixed-width text, given as `of_width` gives it."""
    width = places.shape[0]
    data = np.ascontiguousarray(places.T)
    edges = np.arange(0, (len(rows) + 1) * width, width, dtype=np.int32)
    texts = pa.Array.from_buffers(pa.string(), len(rows), [None, pa.py_buffer(edges), pa.py_buffer(data)])
    return with_texts(cells, rows, texts)


def with_texts(cells: Any, rows: Ints, texts: Any) -> Any:
    """The column with the cells of some rows replaced by other texts."""
    if len(rows) == len(cells):
        return texts
    mask = np.zeros(len(cells), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(cells, pa.array(mask), texts)


def extremes(cells: Any) -> tuple[int, int]:
    """The lowest and the highest byte in any cell; of no cells, those of a letter."""
    data = content(cells)
    return (int(data.min()), int(data.max())) if len(data) else (ord("a"), ord("a"))


def is_ascii(cells: Any) -> bool:
    """Whether no cell holds anything but ASCII."""
    return extremes(cells)[1] < 128


def are_digits(places: Bytes) -> Bools:
    """For each row, whether all its places are ASCII digits."""
    return np.asarray(((places - ZERO) <= 9).all(axis=0), dtype=np.bool_)  # Below "0" the difference wraps around.


def number(places: Bytes) -> Ints:
    """The number that the digits of each row spell."""
    total = np.zeros(places.shape[1], dtype=np.int64)
    for place in places:
        total = total * 10 + (place - ZERO)
    return total


DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)


def calendar_dates(places: Bytes) -> Ints:
    """Eight places of digits YYYYMMDD as that number; 0 for a date that no calendar has."""
    year, month, day = number(places[:4]), number(places[4:6]), number(places[6:8])
    is_month = (month >= 1) & (month <= 12)
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = DAYS[np.where(is_month, month, 0)] + (is_leap & (month == 2))
    is_real = (year >= 1) & is_month & (day >= 1) & (day <= last)
    return np.where(is_real, year * 10_000 + month * 100 + day, 0)
