"""Check digits against published examples and against what they are for: finding a mistyped digit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.province.check_digits import (
    CREDIT_ALPHABET,
    credit_code,
    is_resident_number,
    organization_code,
    resident_check,
    resident_number,
)

DIGITS_17 = st.text("0123456789", min_size=17, max_size=17)


def test_the_standards_own_examples() -> None:
    assert resident_number("11010519491231002") == "11010519491231002X"  # GB 11643-1999, annex.
    assert resident_number("44052418800101001") == "440524188001010014"
    assert organization_code("D2143569") == "D2143569X"  # GB 11714-1997, annex.
    assert credit_code("91350100M000100Y4") == "91350100M000100Y43"  # GB 32100-2015, annex.


@given(DIGITS_17, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_found(first: str, place: int, shift: int) -> None:
    number = resident_number(first)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert is_resident_number(number)
    assert not is_resident_number(wrong)


@given(st.lists(DIGITS_17, min_size=1, max_size=5))
def test_many_numbers_at_once_are_as_each_alone(numbers: list[str]) -> None:
    rows = np.frombuffer("".join(numbers).encode(), dtype=np.uint8).reshape(-1, 17)
    assert resident_check(rows).tobytes().decode() == "".join(resident_number(number)[-1] for number in numbers)


@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_character_of_a_credit_code_is_found(first: str, place: int, shift: int) -> None:
    other = CREDIT_ALPHABET[(CREDIT_ALPHABET.index(first[place]) + shift) % 31]
    assert credit_code(first)[-1] != credit_code(first[:place] + other + first[place + 1 :])[-1]
