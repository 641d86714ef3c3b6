"""`lakehouse quarantine`: what it says of the reasons; where nothing has been taken yet, it says so and makes nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from jobs.commands.quarantine import quarantine
from jobs.ledger.records import REASONS, write
from jobs.province.story import write_site
from lakehouse.errors import LakehouseError
from lakehouse.settings import from_environment


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


def test_a_reason_is_listed_with_what_to_do_in_both_languages(home: Path) -> None:
    head = {"point_id": "P001", "business_date": date(2026, 6, 30), "sequence": 1, "delivery": "d", "rows": 2}
    why = {"table": "charge_item", "reason": "charge_item.amount.required", "column": "amount"}
    write(from_environment(), "reasons", "test", pa.Table.from_pylist([{**head, **why}], schema=REASONS))
    (found,) = json.loads(run("list", "--json").output)
    assert (found["rows"], found["do"]) == (2, "Fill amount.")
    assert found["do_zh"].startswith("填写")
    assert f"→ {found['do_zh']}  {found['do']}" in run("list").output


@pytest.mark.parametrize("command", ["rows", "replay"])
def test_a_delivery_that_no_night_has_taken(home: Path, command: str) -> None:
    result = run(command, "P001", "1")
    assert isinstance(result.exception, LakehouseError)
    assert result.exception.code == "QUARANTINE-001"
    assert not (home / "landing").exists()
