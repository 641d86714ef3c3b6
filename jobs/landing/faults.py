"""What is wrong with rows, found while their identifiers are still there: the bits of `expectations.landing`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from expectations import landing
from expectations.landing import LandingFault
from jobs.landing import identity
from jobs.landing.arrays import Bools, Ints, are_digits, calendar_dates, extremes, of_width

OWN, GUARDIANS = "certificate_number", "guardian_certificate_number"


def mask(is_wrong: Bools, fault: LandingFault) -> Ints:
    """The bit of a fault in the rows that have it."""
    return np.where(is_wrong, np.int64(fault.mask), np.int64(0))


def with_nul(cells: Mapping[str, Any], rows: int) -> Bools:
    """The rows in which a cell holds a NUL character."""
    found = np.zeros(rows, dtype=np.bool_)
    for column in cells.values():
        if extremes(column)[0] == 0:
            found |= _bools(pc.match_substring(column, "\0"))
    return found


def of_certificates(residents: Mapping[str, Any], cells: Mapping[str, Any], sexes: Any, rows: int) -> Ints:
    """Faults of resident identity numbers, and of what the row says beside them.

    residents: number column -> 18-place numbers, null for other documents.   cells: canonical cells.   sexes: standard
    codes, None where the table has no sex. What is null or is no date or sex contradicts nothing.
    """
    bits = np.zeros(rows, dtype=np.int64)
    if (guardians := residents.get(GUARDIANS)) is not None:
        bits |= mask(identity.is_wrong(guardians), landing.GUARDIAN_CERTIFICATE_CHECK_DIGIT)
    own = residents.get(OWN)
    if own is None:
        return bits
    births, is_impossible = identity.births(own)
    bits |= mask(identity.is_wrong(own), landing.CERTIFICATE_CHECK_DIGIT)
    bits |= mask(is_impossible, landing.CERTIFICATE_IMPOSSIBLE_DATE)
    if "birth_date" in cells:
        stated = _dates(cells["birth_date"])
        bits |= mask((births > 0) & (stated > 0) & (births != stated), landing.BIRTH_DATE_AGAINST_CERTIFICATE)
    if sexes is not None:
        told = identity.sexes(own)
        other = (told == 1) & _bools(pc.equal(sexes, "2")) | (told == 2) & _bools(pc.equal(sexes, "1"))
        bits |= mask(other, landing.SEX_AGAINST_CERTIFICATE)
    return bits


def _dates(cells: Any) -> Ints:
    """Dates YYYY-MM-DD as numbers YYYYMMDD; 0 for what is none."""
    dates = np.zeros(len(cells), dtype=np.int64)
    rows, places = of_width(cells, 10)
    digits = places[[0, 1, 2, 3, 5, 6, 8, 9]]
    is_date = are_digits(digits) & (places[4] == ord("-")) & (places[7] == ord("-"))
    dates[rows[is_date]] = calendar_dates(digits[:, is_date])
    return dates


def _bools(condition: Any) -> Bools:
    return np.asarray(pc.fill_null(condition, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
