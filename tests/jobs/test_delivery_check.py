"""A vendor's check before offering: what a night would say, and the same of every row, without writing anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from expectations.checks import CHECKS
from expectations.checks import Check as Across
from jobs.commands.delivery import delivery
from jobs.delivery_check import Report, RowFinding, check_delivery
from jobs.landing.record import Repair
from jobs.landing.refusals import REFUSALS
from jobs.province.story import Lie, Twist, deletion_of, registers, row, visit, write_delivery
from jobs.province.wire import Cell
from lakehouse.errors import LakehouseError

Check = Callable[..., Report]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write a delivery and check it in its own dialect."""

    def run(tables: dict[str, list[dict[str, str | None]]], vendor: str = "standard-1", **how: object) -> Report:
        return check_delivery(write_delivery(tmp_path / "P001", tables, vendor=vendor, **how), vendor)  # type: ignore[arg-type]

    return run


def found(report: Report) -> set[tuple[int, str]]:
    return {(finding.line, finding.code) for finding in report.findings}


@pytest.mark.parametrize("vendor", ["standard-1", "huakang-3", "province-1"])
@pytest.mark.parametrize("kind", ["increment", "correction", "full"])
def test_sound_rows_of_every_table_have_nothing_wrong(check: Check, vendor: str, kind: str) -> None:
    period = ("2024-07-01", "2026-06-30") if kind == "full" else None
    report = check({**registers(), **visit("V1")}, vendor, kind=kind, period=period)
    assert (report.reasons, report.findings, report.is_clean) == ([], [], True)
    assert len(report.rows) == 10
    assert sum(report.rows.values()) == 12


@pytest.mark.parametrize("vendor", ["standard-1", "huakang-3", "province-1"])
def test_a_sound_deletion_has_nothing_wrong(check: Check, vendor: str) -> None:
    assert check(deletion_of({**registers(), **visit("V1")}), vendor, kind="deletion").is_clean


@pytest.mark.parametrize("each", CHECKS, ids=lambda each: each.code)
def test_every_check_across_columns_is_made(check: Check, each: Across) -> None:
    report = check({each.table: [row(each.table, **each.passes), row(each.table, **each.breaks)]})
    assert [finding.line for finding in report.findings if finding.code == each.code] == [3]


@pytest.mark.parametrize(
    ("table", "column", "text", "code"),
    [
        ("encounter", "started_at", "2026-06-31 09:00:00", "type"),
        ("encounter", "started_at", "2026/06/30 09:00:00", "type"),
        ("encounter", "started_at", "1899-12-31 09:00:00", "year"),
        ("encounter", "started_at", "2026-07-02 00:00:00", "year"),
        ("encounter", "channel_code", "7", "unknown_code"),
        ("encounter", "is_answered", "yes", "type"),
        ("encounter", "encounter_id", None, "required"),
        ("encounter", "prior_evidence_count", "1.5", "type"),
        ("encounter", "prior_evidence_count", "1_000", "type"),
        ("encounter", "prior_evidence_count", "0x1A", "type"),
        ("encounter", "prior_evidence_count", "1e3", "type"),
        ("charge_item", "quantity", "1_000", "type"),
        ("charge_item", "quantity", "20000", "range"),
        ("charge_item", "quantity", "two", "type"),
        ("charge_item", "amount", "12.345", "type"),
        ("charge_item", "amount", "1000001.00", "range"),
        ("institution", "institution_code", "4321", "pattern"),
        ("person", "birth_date", "1980-02-30", "type"),
    ],
)
def test_a_wrong_cell_has_its_reason_and_line(
    check: Check, table: str, column: str, text: str | None, code: str
) -> None:
    good = row(table)
    report = check({table: [good, row(table, **{column: text}), good]})
    assert (3, f"{table}.{column}.{code}") in found(report)
    assert {line for line, _ in found(report)} == {3}
    (finding,) = [each for each in report.findings if each.code.endswith(f".{column}.{code}")]
    assert (finding.file, finding.table, finding.column) == (f"{table}.csv.gz", table, column)
    assert finding.says
    assert finding.says_zh
    assert finding.do
    assert finding.do_zh


def test_what_landing_finds_is_told_too(check: Check) -> None:
    people = [row("person", sex_code="2"), row("person", certificate_number="1")]
    twist = {"person": Twist(long_rows=(1,))}
    assert found(check({"person": people}, twists=twist)) == {
        (2, "landing.sex_against_certificate"),
        (3, "landing.wrong_number_of_cells"),
    }


def test_lines_are_those_of_the_file_also_after_line_breaks_in_cells_and_in_a_second_file(check: Check) -> None:
    drugs = [row("drug_catalogue", drug_code=f"Y{place}") for place in range(4)]
    drugs[0]["pack"] = "7片\n一盒"
    drugs[1]["drug_name"] = None
    drugs[3]["drug_name"] = None
    report = check({"drug_catalogue": drugs}, files=2)
    places = {(finding.file, finding.line) for finding in report.findings}
    assert places == {("drug_catalogue-1.csv.gz", 4), ("drug_catalogue-2.csv.gz", 3)}


def test_in_json_the_element_is_told_that_a_row_is_in(check: Check) -> None:
    tables = {name: rows * 2 for name, rows in visit("V1").items() if name.startswith("prescription")}
    tables["prescription_item"] = [row("prescription_item", prescription_id="V1-R", item_number=n) for n in "12x"]
    tables["prescription"][0] = row("prescription", prescription_id="V0-R", status_code="9")
    report = check(tables, "province-1", twists={"prescription_item": Twist(long_rows=(1,))})
    assert {(finding.file, finding.line, finding.row, finding.code) for finding in report.findings} == {
        ("uploadRecipeIndicators.json", 1, 1, "prescription.status_code.unknown_code"),
        ("uploadRecipeIndicators.json", 2, 2, "landing.wrong_number_of_cells"),
        ("uploadRecipeIndicators.json", 2, 3, "prescription_item.item_number.type"),
    }


def test_the_command_counts_rows_and_tells_elements(tmp_path: Path) -> None:
    items = [row("prescription_item", item_number=number) for number in ("x", "y")]
    folder = write_delivery(tmp_path / "P001", {"prescription_item": items}, vendor="province-1")
    done = CliRunner().invoke(delivery, ["check", str(folder), "--dialect", "province-1"])
    assert "uploadRecipeIndicators-orderList.json, column item_number: 2 rows, elements 1, 1" in done.output
    assert "2 rows in 1 tables: 2 rows would be set aside." in done.output


def test_repairs_are_told_and_are_no_findings(check: Check) -> None:
    twist = {"charge_item": Twist(bom=True, cells=(Cell(0, "quantity", "１"),))}
    report = check({"charge_item": [row("charge_item")]}, twists=twist)
    assert report.is_clean
    assert set(report.repairs["charge_item"]) == {
        Repair(column="", repair="byte_order_mark", rows=1),
        Repair(column="quantity", repair="full_width", rows=1),
    }


@pytest.mark.parametrize(
    ("lie", "code"),
    [(Lie.SIZE, "MAN-SIZE"), (Lie.DIGEST, "MAN-DIGEST"), (Lie.COUNT, "MAN-COUNT"), (Lie.SUM, "MAN-SUM")],
)
def test_rows_are_judged_also_where_the_manifest_is_wrong(check: Check, lie: Lie, code: str) -> None:
    report = check({"charge_item": [row("charge_item", quantity="x")]}, lie=lie)
    assert [reason.code for reason in report.reasons] == [code]
    assert found(report) == {(2, "charge_item.quantity.type")}


def test_the_wrong_dialect_is_told(tmp_path: Path) -> None:
    folder = write_delivery(tmp_path / "P001", visit("V1"), vendor="huakang-3")
    codes = {reason.code for reason in check_delivery(folder, "standard-1").reasons}
    assert codes == {"DIALECT-ENCODING", "DEC-GZIP"}


def test_a_folder_without_manifest_is_told(tmp_path: Path) -> None:
    assert [reason.code for reason in check_delivery(tmp_path, "standard-1").reasons] == ["MAN-READ"]


@pytest.mark.parametrize(
    ("folder", "vendor", "code"), [("none", "standard-1", "CHECK-001"), (".", "none-9", "DIALECT-001")]
)
def test_what_cannot_be_checked_is_an_error(tmp_path: Path, folder: str, vendor: str, code: str) -> None:
    with pytest.raises(LakehouseError) as error:
        check_delivery(tmp_path / folder, vendor)
    assert error.value.code == code


def test_the_command_tells_both_languages_and_no_cell(tmp_path: Path) -> None:
    person = row("person", sex_code="2", birth_date="１９８０年")
    folder = write_delivery(tmp_path / "P001", {"person": [person]})
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(delivery, ["check", str(folder)])
    assert done.exit_code == 1
    assert "person.csv.gz, column sex_code: 1 rows, lines 2" in done.output
    assert "性别与身份证号码不符。更正两者中有误的一项，并重新报送该行。\n" in done.output
    assert "The sex contradicts the identity number. Correct" in done.output
    for planted in (person["name"], person["certificate_number"], person["phone"], "1980年"):
        assert str(planted) not in done.output
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_ends_with_0_when_a_night_would_take_every_row(tmp_path: Path) -> None:
    folder = write_delivery(tmp_path / "P001", visit("V1"))
    done = CliRunner().invoke(delivery, ["check", str(folder)])
    assert (done.exit_code, "nothing to object to" in done.output) == (0, True)


def test_the_command_gives_every_finding_as_json(tmp_path: Path) -> None:
    rows = [row("charge_item", charge_id=str(place), quantity="x") for place in range(30)]
    folder = write_delivery(tmp_path / "P001", {"charge_item": rows}, vendor="huakang-3")
    done = CliRunner().invoke(delivery, ["check", str(folder), "--dialect", "huakang-3", "--json"])
    report = json.loads(done.stdout)
    assert (report["clean"], report["reasons"], report["rows"]) == (False, [], {"charge_item": 30})
    assert [RowFinding(**each).line for each in report["findings"]] == list(range(2, 32))
    assert {(each["do"], each["do_zh"]) for each in report["findings"]} == {
        ("Write quantity as a number.", "将数量（quantity）填写为数字。")
    }


def test_the_command_gives_what_to_do_about_a_refusal_in_both_languages(tmp_path: Path) -> None:
    folder = write_delivery(tmp_path / "P001", visit("V1"), lie=Lie.SIZE)
    done = CliRunner().invoke(delivery, ["check", str(folder)])
    assert "文件大小与清单不符。文件很可能被截断：最后写入清单，并重新报送该批次。\n" in done.output
    (reason,) = json.loads(CliRunner().invoke(delivery, ["check", str(folder), "--json"]).stdout)["reasons"]
    assert (reason["code"], reason["do"], reason["do_zh"]) == (
        "MAN-SIZE",
        REFUSALS["MAN-SIZE"].do,
        REFUSALS["MAN-SIZE"].do_zh,
    )


def test_the_check_needs_no_spark() -> None:
    script = "import sys, jobs.commands.delivery; print([name for name in sys.modules if name.startswith('pyspark')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
