"""`lakehouse quarantine` where nothing has been taken yet: it says so and makes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobs.commands.quarantine import quarantine
from jobs.province.story import write_site
from lakehouse.errors import LakehouseError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_site(tmp_path / "site", {"P001": "standard-1"})
    for name in ("home", "site", "keys"):
        monkeypatch.setenv(f"LAKEHOUSE_{name.upper()}", str(tmp_path / name))
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(quarantine, list(arguments))


def test_there_are_no_reasons(home: Path) -> None:
    assert run("list").output == "隔离原因 Reasons for quarantine: 0\n"
    assert run("list", "--json").output.strip() == "[]"
    assert not (home / "ledger").exists()


@pytest.mark.parametrize("command", ["rows", "replay"])
def test_a_delivery_that_no_night_has_taken(home: Path, command: str) -> None:
    result = run(command, "P001", "1")
    assert isinstance(result.exception, LakehouseError)
    assert result.exception.code == "QUARANTINE-001"
    assert not (home / "landing").exists()
