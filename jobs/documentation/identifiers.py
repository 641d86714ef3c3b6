"""Worked examples of check digits, computed here."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.documentation.markdown import code
from jobs.landing.identity import WEIGHTS
from jobs.province.check_digits import (
    CREDIT_ALPHABET,
    ORGANIZATION_WEIGHTS,
    credit_code,
    organization_code,
    resident_number,
)

# Numbers of nobody, from published descriptions of the standards.
RESIDENT, SHORT, ORGANIZATION, CREDIT = "11010519491231002", "110105491231002", "45072000", "91130100MA0AAAA1X"
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def slots() -> dict[str, str]:
    """What the text needs to know of check digits."""
    organization = organization_code(ORGANIZATION)
    return {
        "resident_weights": _line(WEIGHTS),
        "resident_example": _resident(),
        "short_example": f"{code(SHORT)} becomes {code(resident_number(SHORT[:6] + '19' + SHORT[6:]))}.",
        "organization_weights": _line(ORGANIZATION_WEIGHTS),
        "organization_example": _organization(),
        "credit_alphabet": CREDIT_ALPHABET,
        "credit_weights": _line(CREDIT_WEIGHTS),
        "credit_example": _credit(),
        "institution_example": f"`{organization}` `632701` `11` `A100` `1` together are `{organization}63270111A1001`.",
    }


def _resident() -> str:
    total = _sum([int(digit) for digit in RESIDENT], WEIGHTS)
    number = resident_number(RESIDENT)
    place = total % 11
    return (
        f"{code(RESIDENT)}: {_products(RESIDENT, WEIGHTS)} = {total}; the remainder of 11 is {place}; place {place} of "
        f"`10X98765432` is {code(number[-1])}. The number is {code(number)}."
    )


def _organization() -> str:
    total = _sum([int(character, 36) for character in ORGANIZATION], ORGANIZATION_WEIGHTS)
    rest = total % 11
    return (
        f"{code(ORGANIZATION)}: {_products(ORGANIZATION, ORGANIZATION_WEIGHTS)} = {total}; the remainder of 11 is "
        f"{rest}; 11 − {rest} = {11 - rest}. The code is {code(organization_code(ORGANIZATION))}."
    )


def _credit() -> str:
    values = [CREDIT_ALPHABET.index(character) for character in CREDIT]
    total = _sum(values, CREDIT_WEIGHTS)
    rest = total % 31
    return (
        f"{code(CREDIT)}: the characters are worth {_line(values)}; the sum of the products is {total}; the remainder "
        f"of 31 is {rest}; 31 − {rest} = {31 - rest}. The code is {code(credit_code(CREDIT))}."
    )


def _sum(values: Sequence[int], weights: Sequence[int]) -> int:
    return sum(value * weight for value, weight in zip(values, weights, strict=True))


def _products(text: str, weights: Sequence[int]) -> str:
    return " + ".join(f"{int(character, 36)}·{weight}" for character, weight in zip(text, weights, strict=True))


def _line(numbers: Sequence[int]) -> str:
    return " ".join(str(number) for number in numbers)
