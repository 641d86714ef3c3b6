"""docs/errors.md has every code that the program can say, with its sentence, and no other."""

from __future__ import annotations

import re

import pytest

from expectations.gate import MEASURES
from expectations.landing import LANDING_FAULTS
from expectations.reasons import ARRIVAL, reasons
from jobs.landing.refusals import REFUSALS
from jobs.transports.faults import FAULTS
from lakehouse import cli, errors
from tests.docs import pages as book
from tests.docs.sources import errors as raised
from warehouse_models.registry import exchange

PAGE = book.DOCS / "errors.md"
LINE = re.compile(r"^\| `([A-Z]+-(?:\d{3}|[A-Z-]+))` \| (.+?) \| (.*?) ?\|", re.MULTILINE)


@pytest.fixture(scope="module")
def listed() -> dict[str, str]:
    """Code -> the sentence beside it."""
    found = LINE.findall(book.text(PAGE))
    assert len({code for code, _, _ in found}) == len(found)
    return {code: says for code, says, _ in found}


def test_every_code_of_the_sources_is_listed_and_no_other(listed: dict[str, str]) -> None:
    assert len(raised()) > 60
    assert set(listed) - set(REFUSALS) - set(FAULTS) == set(raised())


def test_sentences_are_those_of_the_sources(listed: dict[str, str]) -> None:
    """Where a sentence is made elsewhere, the page says in its own words what it is about."""
    written = {code: said for code, said in raised().items() if said}
    assert len(written) > 60
    assert {code: listed[code] for code, said in written.items() if listed[code] not in said} == {}


def test_refusals_are_listed_with_sentence_and_mend() -> None:
    rows = {code: (says, mend) for code, says, mend in LINE.findall(book.text(PAGE)) if code in REFUSALS}
    assert rows == {code: (each.says, each.do) for code, each in REFUSALS.items()}


def test_faults_of_points_are_listed_with_sentence_and_mend() -> None:
    rows = {code: (says, mend) for code, says, mend in LINE.findall(book.text(PAGE)) if code in FAULTS}
    assert rows == {code: (fault.says, fault.do) for code, fault in FAULTS.items()}
    assert len({fault.says for fault in FAULTS.values()}) == len(FAULTS) >= 30


def test_every_kind_of_reason_for_quarantine_is_listed() -> None:
    kinds = {row[0].strip("`") for row in book.rows(PAGE, "A row is quarantined")}
    codes = {(each.code, each.column) for table in exchange().values() for each in reasons(table) if each.holds}
    of_columns = {code.rpartition(".")[2] for code, column in codes if f".{column}." in code}
    assert len(of_columns) >= 6
    assert kinds == of_columns | {each.code for each in ARRIVAL} | {"landing.…"}
    assert LANDING_FAULTS


def test_every_measure_of_the_gates_is_listed() -> None:
    assert [row[0].strip("`") for row in book.rows(PAGE, "A delivery is held")] == [each.code for each in MEASURES]


def test_exit_codes_are_those_of_the_errors_and_of_the_help() -> None:
    rows = {int(row[0]): row[1].strip("`") for row in book.rows(PAGE, "Exit codes 退出码")}
    classes = (errors.LakehouseError, errors.DamageError, errors.BusyError)
    assert rows == {0: "", 1: "", **{each.status: each.__name__ for each in classes}}
    assert all(f"{code} " in (cli.main.help or "") for code in rows)
