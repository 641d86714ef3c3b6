"""`lakehouse codes`: lists are shown, and codes that nothing knows are things to do."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from jobs.commands.codes import codes, to_map
from jobs.ledger.records import UNMAPPED, write
from jobs.unmapped import MASKED
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

COLUMNS = ("dialect", "list", "written", "point_id", "table", "column", "rows")


def record(line: str) -> dict[str, object]:
    """One record of the ledger from its words."""
    return dict(zip(COLUMNS, line.split(), strict=True)) | {"rows": int(line.split()[-1])}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    return Settings(home=tmp_path, site=tmp_path / "site", keys=tmp_path / "keys")


def test_one_code_of_several_points_and_nights_is_one_thing_to_do() -> None:
    (found,) = to_map(
        [
            record("huakang-3 sex W P002 person sex_code 3"),
            record("huakang-3 sex W P001 practitioner sex_code 4"),
            record("huakang-3 sex W P001 person sex_code 5"),
        ]
    )
    assert (found.written, found.rows, found.points) == ("W", 12, ("P001", "P002"))
    assert found.columns == ("person.sex_code", "practitioner.sex_code")
    assert found.do == "Add a line to warehouse_models/codes/crosswalks/huakang-3/sex.csv."


def test_what_has_become_known_is_no_longer_listed() -> None:
    records = [record("huakang-3 sex M P001 person sex_code 1"), record("standard-1 sex 男 P001 person sex_code 1")]
    assert to_map(records) == []
    assert [each.written for each in to_map([record("standard-1 sex M P001 person sex_code 1")])] == ["M"]


def test_a_list_without_crosswalk_is_a_matter_for_the_point() -> None:
    (found,) = to_map([record("huakang-3 icd10 J06.901 P001 encounter_diagnosis diagnosis_code 2")])
    assert found.similar == "J06.900"
    assert found.do.startswith("Ask the points to write codes of icd10")


def test_what_is_not_shaped_like_a_code_is_not_guessed_at() -> None:
    (found,) = to_map([record("standard-1 sex X P001 person sex_code 2") | {"written": MASKED}])
    assert found.similar == ""
    assert found.do == "Ask the points what they write there: it is not shaped like a code of sex."


def test_the_most_frequent_comes_first() -> None:
    records = [record("standard-1 sex A P001 person sex_code 2"), record("standard-1 sex B P001 person sex_code 7")]
    assert [each.written for each in to_map(records)] == ["B", "A"]


def test_the_command_reads_the_ledger_and_selects(home: Settings) -> None:
    lines = ["huakang-3 sex W P001 person sex_code 3", "huakang-3 route ZZ P002 prescription_item route_code 9"]
    write(home, "unmapped", "2026-06-30.1-stage", pa.Table.from_pylist([record(line) for line in lines], UNMAPPED))
    runner = CliRunner()
    found = json.loads(runner.invoke(codes, ["unmapped", "--json"]).output)
    assert [(each["list"], each["written"], each["rows"]) for each in found] == [("route", "ZZ", 9), ("sex", "W", 3)]
    assert [
        each["list"] for each in json.loads(runner.invoke(codes, ["unmapped", "--point", "P001", "--json"]).output)
    ] == ["sex"]
    assert json.loads(runner.invoke(codes, ["unmapped", "--list", "icd10", "--json"]).output) == []
    shown = runner.invoke(codes, ["unmapped"]).output
    assert "Codes to map: 2" in shown
    assert "crosswalks/huakang-3/route.csv" in shown


def test_without_a_ledger_there_is_nothing_to_map(home: Settings) -> None:
    assert json.loads(CliRunner().invoke(codes, ["unmapped", "--json"]).output) == []


def test_lists_and_codes_are_shown() -> None:
    runner = CliRunner()
    listed = json.loads(runner.invoke(codes, ["list", "--json"]).output)
    assert {"list": "ethnic_group", "codes": 56}.items() <= next(
        x for x in listed if x["list"] == "ethnic_group"
    ).items()
    assert "民族" in runner.invoke(codes, ["list"]).output
    shown = json.loads(runner.invoke(codes, ["show", "charge_type", "--json"]).output)
    assert shown[0] == {
        "code": "01",
        "name": "Bed",
        "name_zh": "床位费",
        "valid_from": "1990-01-01",
        "valid_to": None,
        "bucket": "service",
    }


def test_codes_can_be_shown_for_a_day() -> None:
    def codes_on(day: str) -> set[str]:
        output = CliRunner().invoke(codes, ["show", "icd10", "--on", day, "--json"]).output
        return {each["code"] for each in json.loads(output)}

    assert codes_on("2026-01-01") - codes_on("2025-12-31") >= {"I48.900"}
    assert codes_on("2025-12-31") - codes_on("2026-01-01") >= {"I48.x01"}


def test_an_unknown_list_is_an_error_that_says_what_to_do() -> None:
    result = CliRunner().invoke(codes, ["show", "ghosts"])
    assert isinstance(result.exception, LakehouseError)
    assert str(result.exception) == "CODES-001: There is no code list ghosts. See `lakehouse codes list`."
