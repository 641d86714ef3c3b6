"""Times and dates from the dialect's format into the standard's. What does not have the format's shape stays as it is:
staging then finds that it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.landing.arrays import Bools, Bytes, are_digits, calendar_dates, of_width, with_places, with_texts
from jobs.landing.text import rows_where

TIME, DATE = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
MIDNIGHT = " 24:00:00"


@dataclass(frozen=True)
class Shape:
    """A fixed-width format: the places of each field, and the places of all other characters."""

    width: int
    fields: dict[str, slice]
    others: dict[int, int]

    def fits(self, places: Bytes) -> Bools:
        """For each row, whether it has digits in the fields and the format's own characters elsewhere."""
        fits = np.ones(places.shape[1], dtype=np.bool_)
        for field in self.fields.values():
            fits &= are_digits(places[field])
        for place, character in self.others.items():
            fits &= places[place] == character
        return fits


@cache
def shape(form: str) -> Shape:
    """The shape of a format with the fields %Y %m %d %H %M %S; KeyError for any other."""
    fields: dict[str, slice] = {}
    others: dict[int, int] = {}
    width = 0
    for token in re.findall(r"%.|.", form):
        if token[0] == "%":
            fields[token[1]] = slice(width, width + WIDTHS[token[1]])
            width += WIDTHS[token[1]]
        else:
            others[width] = ord(token)
            width += 1
    return Shape(width, fields, others)


def reshaped(cells: Any, form: str, standard: str) -> Any:
    """Cells of a dialect's format in the standard's format of the same kind."""
    if form == standard:
        return cells
    source, target = shape(form), shape(standard)
    rows, given = of_width(cells, source.width)
    fits = source.fits(given)
    rows, given = rows[fits], given[:, fits]
    if len(rows) == 0:
        return cells
    places = np.empty((target.width, len(rows)), dtype=np.uint8)
    for name, field in target.fields.items():
        places[field] = given[source.fields[name]]
    for place, character in target.others.items():
        places[place] = character
    return with_places(cells, rows, places)


def without_hour_24(cells: Any) -> tuple[Any, int]:
    """Times of the standard's format with the end of a day, 24:00:00, as the beginning of the next; and how many.

    On a day that no calendar has the time stays as it is."""
    rows = rows_where(pc.ends_with(cells, pattern=MIDNIGHT))
    if len(rows) == 0:
        return cells, 0
    chosen = cells.take(pa.array(rows))
    within, places = of_width(chosen, shape(TIME).width)
    is_day = shape(TIME).fits(places)
    dates = np.where(is_day, calendar_dates(places[[0, 1, 2, 3, 5, 6, 8, 9]]), 0)
    rows, dates = rows[within[dates > 0]], dates[dates > 0]
    if len(rows) == 0:
        return cells, 0
    return with_texts(cells, rows, pa.array([_after(number) for number in dates.tolist()], pa.string())), len(rows)


def _after(number: int) -> str:
    """The beginning of the day after the date YYYYMMDD."""
    day = date(number // 10_000, number // 100 % 100, number % 100) + timedelta(days=1)
    return f"{day.isoformat()} 00:00:00"
