"""Every defect of marts, code lists and dialects is found, with its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from tests.warehouse_models.declarations import (
    ALWAYS,
    CROSSINGS,
    DIALECT,
    SOUND,
    TYPES,
    codes_of,
    with_codes,
    with_crossings,
    with_dialect,
    with_headers,
    with_mart,
    with_one_file,
)
from warehouse_models.catalogue import Catalogue
from warehouse_models.codes import Crossing, Misspelling

MARTS: dict[str, tuple[str, Callable[[], Catalogue]]] = {
    "no SQL": ("CONTRACTS-020", lambda: replace(SOUND, sql={})),
    "no contract": ("CONTRACTS-021", lambda: replace(SOUND, sql={**SOUND.sql, "use.ghosts": "select 1"})),
    "reads an unknown table": ("CONTRACTS-022", lambda: with_mart(inputs=("records.visit", "records.ghost"))),
    "reads nothing": ("CONTRACTS-022", lambda: with_mart("select 1", inputs=())),
    "reads two of one name": ("CONTRACTS-022", lambda: with_mart(inputs=("records.visit", "people.visit"))),
    "reads what it does not declare": ("CONTRACTS-023", lambda: with_mart("select * from {visit}, {person}")),
    "declares what it does not read": ("CONTRACTS-024", lambda: with_mart("select 1 -- {visit}")),
}
CODES: dict[str, tuple[str, Callable[[], Catalogue]]] = {
    "code twice": ("CONTRACTS-030", lambda: with_codes(TYPES.rows[0])),
    "no source": ("CONTRACTS-031", lambda: with_codes(source="")),
    "no name": ("CONTRACTS-032", lambda: with_codes(replace(TYPES.rows[0], code="02", name_zh=""))),
    "blank around a code": ("CONTRACTS-032", lambda: with_codes(replace(TYPES.rows[0], code="02 "))),
    "ends before it begins": (
        "CONTRACTS-032",
        lambda: with_codes(replace(TYPES.rows[0], code="02", valid_to=date(1980, 1, 1))),
    ),
    "unknown parent": ("CONTRACTS-032", lambda: with_codes(replace(TYPES.rows[0], code="02", extra={"parent": "9"}))),
    "misspells an unknown list": (
        "CONTRACTS-033",
        lambda: replace(SOUND, misspellings=(Misspelling("ghosts", "1", "01"),)),
    ),
    "misspells an unknown code": (
        "CONTRACTS-033",
        lambda: replace(SOUND, misspellings=(Misspelling("certificate_type", "9", "09"),)),
    ),
    "misspells with a code": (
        "CONTRACTS-033",
        lambda: replace(SOUND, misspellings=(Misspelling("certificate_type", "03", "01"),)),
    ),
    "misspells twice": ("CONTRACTS-033", lambda: replace(SOUND, misspellings=SOUND.misspellings * 2)),
}
DIALECTS: dict[str, tuple[str, Callable[[], Catalogue]]] = {
    "lacks a table": ("CONTRACTS-040", lambda: with_dialect(tables={"person": DIALECT.tables["person"]})),  # type: ignore[index]
    "lacks a column": (
        "CONTRACTS-040",
        lambda: with_headers(lambda old: {k: v for k, v in old.items() if k != "cost"}),
    ),
    "lacks the column of deletions": (
        "CONTRACTS-040",
        lambda: with_headers(lambda old: {k: v for k, v in old.items() if v != "RQ"}),
    ),
    "has a column too many": ("CONTRACTS-040", lambda: with_headers(lambda old: {**old, "ghost": "GUI"})),
    "uses a header twice": ("CONTRACTS-040", lambda: with_headers(lambda old: {**old, "cost": "SJ"})),
    "has two tables in one place": ("CONTRACTS-040", lambda: with_one_file("")),
    "has a list named like a field": ("CONTRACTS-040", lambda: with_one_file("LB")),
    "has a list named like what it takes": ("CONTRACTS-040", lambda: with_one_file("JZ", cost="../JZ")),
    "does not name its crosswalk": ("CONTRACTS-040", lambda: with_dialect(codes={})),
    "names a crosswalk elsewhere": ("CONTRACTS-040", lambda: with_dialect(codes={"certificate_type": "codes/sex.csv"})),
    "crosses a list without columns": (
        "CONTRACTS-040",
        lambda: with_dialect(codes={**DIALECT.codes, "sex": "codes/crosswalks/his-1/sex.csv"}),
    ),
    "leads to an unknown code": (
        "CONTRACTS-041",
        lambda: with_crossings(*CROSSINGS, Crossing("X", "77", ALWAYS, None)),
    ),
    "cannot write a code": ("CONTRACTS-041", lambda: with_crossings(CROSSINGS[0])),
    "reads a text in two ways": (
        "CONTRACTS-041",
        lambda: with_crossings(*CROSSINGS, Crossing("SFZ", "03", ALWAYS, None)),
    ),
}


@pytest.mark.parametrize("name", MARTS)
def test_a_defect_of_marts_is_found(name: str) -> None:
    code, bad = MARTS[name]
    assert code in codes_of(bad())


@pytest.mark.parametrize("name", CODES)
def test_a_defect_of_code_lists_is_found(name: str) -> None:
    code, bad = CODES[name]
    assert codes_of(bad()) == [code]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_defect_of_dialects_is_found(name: str) -> None:
    code, bad = DIALECTS[name]
    assert codes_of(bad()) == [code]


def test_a_table_may_be_a_list_in_the_file_of_another() -> None:
    assert codes_of(with_one_file("JZ", patient_id="../BH")) == []


def test_a_vendor_may_write_one_text_for_two_codes_at_different_times() -> None:
    early, late = Crossing("SFZ", "01", ALWAYS, date(2020, 12, 31)), Crossing("SFZ", "03", date(2021, 1, 1), None)
    assert codes_of(with_crossings(early, late)) == []
