"""`make check` runs everything it names, goes on after a failure, and fails when anything did."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lakehouse import check

GOOD = [sys.executable, "-c", "print('all is well')"]
BAD = [sys.executable, "-c", "import sys; print('line 3 is wrong'); sys.exit('and line 7')"]


def test_when_all_pass_there_is_a_line_each_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main({"one": GOOD, "two": GOOD}) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["one", "ok"], ["two", "ok"]]


def test_a_failure_shows_what_it_found_and_does_not_hide_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main({"one": BAD, "two": GOOD}) == 1
    first, found, more, second = capsys.readouterr().out.splitlines()
    assert (first.split()[:2], second.split()[:2]) == (["one", "FAILED"], ["two", "ok"])
    assert (found, more) == ("line 3 is wrong", "and line 7")


def test_no_checks_at_all_do_not_pass() -> None:
    assert check.main({}) == 1


def test_every_check_starts_a_program_that_is_there() -> None:
    assert set(check.CHECKS) == {"lint", "format", "types", "architecture", "contracts", "documentation"}
    assert all(Path(command[0]).is_file() for command in check.CHECKS.values())
