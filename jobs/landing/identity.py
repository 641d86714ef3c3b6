"""Resident identity numbers (GB 11643), many at a time: check digit, date of birth, sex, and the 18-place form.

Places: 6 division, 8 date of birth, 3 sequence (odd for men), 1 check. Numbers from before 1999 have 15 places: the
century and the check digit are missing. All functions take text with ASCII digits and an upper-case X; nulls stay null.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from jobs.landing.arrays import ZERO, Bools, Bytes, Ints, are_digits, calendar_dates, of_width, with_places

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
LONG, SHORT = 18, 15


def raised(numbers: Any) -> Any:
    """Numbers of 15 digits in the 18-place form; all others as they are."""
    rows, places = of_width(numbers, SHORT)
    is_number = are_digits(places)
    if not is_number.any():
        return numbers
    rows, places = rows[is_number], places[:, is_number]
    century = np.repeat(np.frombuffer(b"19", dtype=np.uint8)[:, None], len(rows), axis=1)
    body = np.concatenate([places[:6], century, places[6:]])
    return with_places(numbers, rows, np.concatenate([body, CHECKS[_sums(body)][None]]))


def is_wrong(numbers: Any) -> Bools:
    """Whether each number, raised before, is no identity number: wrong length, letters, or a wrong check digit."""
    wrong = np.asarray(pc.is_valid(numbers).to_numpy(zero_copy_only=False), dtype=np.bool_)
    rows, places = of_width(numbers, LONG)
    is_number = are_digits(places[:17])
    rows, places = rows[is_number], places[:, is_number]
    wrong[rows[CHECKS[_sums(places[:17])] == places[17]]] = False
    return wrong


def births(numbers: Any) -> tuple[Ints, Bools]:
    """The date of birth in each number as YYYYMMDD, 0 where it tells none; and whether it tells an impossible one."""
    dates = np.zeros(len(numbers), dtype=np.int64)
    is_impossible = np.zeros(len(numbers), dtype=np.bool_)
    rows, places = of_width(numbers, LONG)
    is_number = are_digits(places[6:14])
    rows, places = rows[is_number], places[:, is_number]
    dates[rows] = calendar_dates(places[6:14])
    is_impossible[rows] = dates[rows] == 0
    return dates, is_impossible


def sexes(numbers: Any) -> Bytes:
    """The sex in each number as GB/T 2261.1 has it: 1 male, 2 female; 0 where the number tells none."""
    told = np.zeros(len(numbers), dtype=np.uint8)
    rows, places = of_width(numbers, LONG)
    is_number = are_digits(places[16:17])
    told[rows[is_number]] = 2 - places[16, is_number] % 2
    return told


def _sums(places: Bytes) -> npt.NDArray[np.intp]:
    """Weighted sums of 17 places of digits, modulo 11."""
    total = np.zeros(places.shape[1], dtype=np.int32)
    for weight, place in zip(WEIGHTS, places, strict=True):
        total += (place - ZERO).astype(np.int32) * weight
    return (total % 11).astype(np.intp)
