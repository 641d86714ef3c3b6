"""Check characters in SQL, against the generator's own reading of the standards."""

from __future__ import annotations

import random
from string import ascii_uppercase, digits

import duckdb
import pytest
import sqlglot

from expectations.checks import CHECKS, CREDIT_ALPHABET
from jobs.province.check_digits import credit_code, organization_code

MADE = {
    "institution_code": (organization_code, digits + ascii_uppercase, 8),
    "credit_code": (credit_code, CREDIT_ALPHABET, 17),
}
CHECK_CHARACTERS = {check.column: check for check in CHECKS if check.code.endswith("check_character")}


@pytest.mark.parametrize("column", MADE)
def test_a_check_character_passes_and_every_other_one_breaks(column: str) -> None:
    make, alphabet, length = MADE[column]
    draw = random.Random(column)
    for _ in range(100):
        first = "".join(draw.choices(alphabet, k=length))
        passing = make(first)
        other = draw.choice([each for each in digits if each != passing[length]])
        assert holds(column, passing + "632701") is True
        assert holds(column, first + other + "632701") is False


@pytest.mark.parametrize("column", MADE)
def test_an_empty_code_is_left_to_the_contract(column: str) -> None:
    assert holds(column, None) is None


def holds(column: str, code: str | None) -> bool | None:
    """What the check says of a code, in the engine that checks deliveries."""
    (sql,) = sqlglot.transpile(CHECK_CHARACTERS[column].holds, read="spark", write="duckdb")
    (found,) = duckdb.execute(f"select {sql} from (select ? as {column})", [code]).fetchone() or (None,)
    return found if found is None else bool(found)
