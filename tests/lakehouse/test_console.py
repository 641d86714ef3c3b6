"""Programs that `make` starts: they take no words, say what they do, and end with one sentence where they cannot."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.console import as_program
from lakehouse.errors import DamageError

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "jobs.demonstration": "`make night`: ",
    "jobs.demonstration_airflow": "`make airflow`: ",
    "dashboards.demonstration": "`make superset`: ",
    "lakehouse.check": "Everything that must hold before a change lands",
}


def never() -> None:
    """Work that shall not begin."""
    raise AssertionError


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_asked_for_help_a_program_says_what_its_module_says(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["program", word])
    as_program(never)
    assert capsys.readouterr() == (f"{__doc__}\n", "")


@pytest.mark.parametrize("words", [["--nights"], ["10"], ["--help", "10"]])
def test_a_word_is_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["program", *words])
    with pytest.raises(SystemExit) as ended:
        as_program(never)
    assert ended.value.code == 2
    said = f"PROGRAM-001: This program takes no words. ({' '.join(words)}) `--help` says what it does.\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (DamageError("LEDGER-010", "An account does not balance."), 3, "LEDGER-010: An account does not balance."),
        (PermissionError(13, "Permission denied", "/lake"), 2, r"FILES-001: .* \(/lake: Permission denied\) .*"),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_status(
    error: Exception, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(SystemExit) as ended:
        as_program(fails)
    assert ended.value.code == status
    assert re.fullmatch(f"{said}\n", capsys.readouterr().err)


@pytest.mark.parametrize("result", [0, 1, None])
def test_a_program_ends_with_what_it_gives(result: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["program"])
    with pytest.raises(SystemExit) as ended:
        as_program(lambda: result)
    assert ended.value.code == result


@pytest.mark.parametrize("module", PROGRAMS)
def test_each_of_them_is_started_so(module: str) -> None:
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(PROGRAMS[module])
