"""The tests' PostgreSQL server: installed once, only where there is none, and only where that is possible without asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.province.exchange_points.postgres import serving
from lakehouse import debian
from lakehouse.errors import LakehouseError
from tests.postgres import provide


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the packages that were asked for, on a machine without a server, as somebody who may install one."""
    asked: list[str] = []

    def install(package: str) -> bool:
        asked.append(package)
        program = tmp_path / "17" / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch()
        return True

    monkeypatch.setattr("jobs.province.exchange_points.postgres.SYSTEM_PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "install", install)
    return asked


def test_it_is_installed_once(installed: list[str]) -> None:
    provide()
    provide()
    assert installed == ["postgresql"]


def test_a_server_that_is_there_is_taken(installed: list[str], tmp_path: Path) -> None:
    (tmp_path / "initdb").touch(mode=0o755)
    provide()
    assert installed == []


def test_who_may_not_install_is_told_what_is_missing(installed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "can_install", lambda: False)
    provide()
    assert installed == []
    with pytest.raises(LakehouseError, match=r"PROVINCE-003.*postgresql"), serving():
        pass
