"""Resident identity numbers after GB 11643."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import identity
from jobs.landing.arrays import calendar_dates
from jobs.province.check_digits import resident_number

BODIES = st.builds(
    lambda place, born, serial: f"{place:06d}{born:%Y%m%d}{serial:03d}",
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1), date(2026, 6, 30)),
    st.integers(0, 999),
)


def numbers(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_published_numbers_are_right(number: str) -> None:
    assert identity.is_wrong(numbers(number)).tolist() == [False]


@given(BODIES)
def test_numbers_made_by_another_program_are_right_and_tell_birth_and_sex(body: str) -> None:
    number = numbers(resident_number(body))
    assert identity.is_wrong(number).tolist() == [False]
    assert identity.births(number)[0].tolist() == [int(body[6:14])]
    assert identity.sexes(number).tolist() == [1 if int(body[16]) % 2 else 2]


@given(BODIES, st.integers(0, 17), st.integers(1, 9))
def test_one_changed_digit_is_found(body: str, place: int, by: int) -> None:
    right = resident_number(body)
    digit = "0123456789X".index(right[place])
    wrong = "0123456789"[(digit + by) % 10] if place < 17 else "0123456789X"[(digit + by) % 11]
    assert identity.is_wrong(numbers(right[:place] + wrong + right[place + 1 :])).tolist() == [True]


@pytest.mark.parametrize(
    "number", ["", "1", "11010519491231002x", "1101051949123100", "A1010519491231002X", "身份证", "1" * 19]
)
def test_what_is_no_number_is_wrong(number: str) -> None:
    assert identity.is_wrong(numbers(number)).tolist() == [True]


def test_no_number_is_not_wrong() -> None:
    assert identity.is_wrong(numbers(None, "11010519491231002X", None)).tolist() == [False] * 3
    assert identity.births(numbers(None))[0].tolist() == [0]


@given(BODIES.filter(lambda body: body[6:8] == "19"))
def test_a_number_of_15_places_becomes_the_number_of_18(body: str) -> None:
    short = body[:6] + body[8:17]
    assert identity.raised(numbers(short, None, "x")).to_pylist() == [resident_number(body), None, "x"]


def test_15_places_that_are_no_digits_stay() -> None:
    assert identity.raised(numbers("11010549123100X")).to_pylist() == ["11010549123100X"]


def test_an_impossible_birth_date_is_told_apart_from_none() -> None:
    dates, is_impossible = identity.births(numbers(resident_number("63270119900230001"), "x", None))
    assert (dates.tolist(), is_impossible.tolist()) == ([0, 0, 0], [True, False, False])


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_dates_are_those_of_the_calendar(year: int, month: int, day: int) -> None:
    text = f"{year:04d}{month:02d}{day:02d}"
    try:
        expected = int(date(year, month, day).strftime("%Y").zfill(4) + text[4:])
    except ValueError:
        expected = 0
    assert calendar_dates(np.frombuffer(text.encode(), dtype=np.uint8)[:, None]).tolist() == [expected]


@given(st.lists(st.none() | BODIES.map(resident_number) | st.text("0123456789X", max_size=18), max_size=10))
def test_many_numbers_are_judged_like_each_alone(values: list[str | None]) -> None:
    assert identity.is_wrong(numbers(*values)).tolist() == [identity.is_wrong(numbers(each))[0] for each in values]
    raised = identity.raised(numbers(*values)).to_pylist()
    assert raised == [identity.raised(numbers(each)).to_pylist()[0] for each in values]
