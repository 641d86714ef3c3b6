"""Code lists hold what the standards say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from lakehouse.errors import LakehouseError
from warehouse_models import codes
from warehouse_models.registry import catalogue

DAY = date(2026, 6, 30)
CHRONIC = "I10 E11 E78 I25 I48 I50 I69 J44 J45 N18 G20 G40 B18 M06 M10 N40 E03 E05 K21 K29 F32"
ACUTE = "I21 I60 I61 I62 I63"
NOTIFIABLE = (
    "A00 A01 A03 A06 A15 A16 A20 A22 A23 A27 A30 A33 A36 A37 A38 A39 A50 A51 A53 A54 A75 A80 A82 A83 A92 A93 A97 A98 "
    "B04 B05 B06 B08 B15 B16 B18 B20 B24 B26 B30 B50 B54 B55 B65 B67 B74 J09 J10 J11 U04 U07"
)


def test_every_code_list_that_a_column_names_is_there() -> None:
    used = {column.codes for table in catalogue().exchange.values() for column in table.columns if column.codes}
    assert len(used) > 25
    assert used <= set(codes.names())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("sex", "0 1 2 9"),
        ("marital_status", "10 20 21 22 23 30 40 90"),
        ("certificate_type", "01 02 03 04 05 06 07 99"),
        ("insurance_type", "310 320 330 340 350 360 380 390 391 392 510"),
        ("visit_type", "1 2 3 9"),
        ("hospital_level", "1 2 3 4"),
        ("hospital_grade", "1 2 3 4 5"),
        ("practice_category", "1 2 3 4"),
        ("channel", "1 2"),
        ("consultation_kind", "1 4"),
        ("refusal", "1 2"),
        ("prescription_type", "1 2 3"),
        ("delivery_type", "0 1 2 4"),
        ("prescription_status", "0 1"),
        ("professional_title", "231 232 233 234 235 241 242 243 244 245 251 252 253 254 255 261 262 263 264 265"),
    ],
)
def test_a_list_has_the_codes_of_its_standard(name: str, wanted: str) -> None:
    assert [code.code for code in codes.load(name).rows] == wanted.split()


def test_there_are_56_ethnic_groups() -> None:
    rows = codes.load("ethnic_group").rows
    assert [row.code for row in rows] == [f"{number:02d}" for number in range(1, 57)]
    assert (rows[0].name_zh, rows[3].name_zh, rows[55].name_zh) == ("汉族", "藏族", "基诺族")


def test_charges_fall_into_the_buckets_of_the_indicators() -> None:
    buckets: dict[str, list[str]] = {}
    for row in codes.load("charge_type").rows:
        buckets.setdefault(row.extra["bucket"], []).append(row.code)
    assert buckets == {
        "drug": ["09", "10", "11"],
        "material": ["08"],
        "examination": ["03", "04"],
        "service": ["01", "02", "05", "06", "07", "12", "13"],
        "other": ["14"],
    }


def test_diagnoses_have_the_shape_of_the_clinical_edition() -> None:
    rows = codes.load("icd10").rows
    shape = re.compile(r"[A-Z]\d{2}\.(\d{3}|x\d{2})(x\d{3})?")
    assert 400 <= len(rows) <= 650
    assert [row.code for row in rows if not shape.fullmatch(row.code)] == []
    assert {row.extra["season"] for row in rows} == {"winter", "summer", "none"}
    assert {row.extra["is_chronic"] for row in rows} == {"0", "1"}


def test_the_diseases_that_the_rules_speak_of_are_there() -> None:
    """Chronic seeds of IH-CON-05, and the ICD map of the notifiable diseases."""
    rows = codes.load("icd10").valid_on(DAY)
    chronic = {row.code[:3] for row in rows if row.extra["is_chronic"] == "1"}
    assert chronic >= set(CHRONIC.split())
    assert not chronic & set(ACUTE.split())
    assert {row.code[:3] for row in rows} >= set(NOTIFIABLE.split())


def test_a_code_is_valid_on_the_days_between_its_ends_only() -> None:
    old, new = codes.load("icd10").code("I48.x01"), codes.load("icd10").code("I48.900")
    assert (old.valid_on(date(2025, 12, 31)), old.valid_on(date(2026, 1, 1))) == (True, False)
    assert (new.valid_on(date(2025, 12, 31)), new.valid_on(date(2026, 1, 1))) == (False, True)


def test_the_divisions_of_qinghai_are_complete() -> None:
    regions = codes.load("region")
    ours = [row for row in regions.valid_on(DAY) if row.code.startswith("63")]
    assert len([row for row in ours if row.code.endswith("00") and row.code != "630000"]) == 8
    assert len([row for row in ours if not row.code.endswith("00")]) == 44
    yushu = {row.code: row.name_zh for row in ours if row.extra["parent"] == "632700"}
    assert yushu == {
        "632701": "玉树市",
        "632722": "杂多县",
        "632723": "称多县",
        "632724": "治多县",
        "632725": "囊谦县",
        "632726": "曲麻莱县",
    }
    assert len([row for row in regions.rows if row.code.endswith("0000")]) == 34


def test_a_division_lies_in_the_one_whose_digits_it_begins_with() -> None:
    rows = [row for row in codes.load("region").rows if row.extra["parent"]]
    assert len(rows) > 800
    wrong = [row for row in rows if not row.code.startswith(row.extra["parent"].rstrip("0"))]
    assert wrong == []


def test_a_misspelling_means_a_code_and_is_none() -> None:
    meant = {(line.list, line.written): line.meant for line in codes.misspellings()}
    assert meant["icd10", "I10.X00"] == "I10.x00"
    assert meant["icd10", "J06.9"] == "J06.900"
    assert meant["sex", "男"] == "1"
    assert meant["department", "3"] == "03"
    assert ("certificate_type", "2") not in meant  # Two systems in use give it two meanings.


def test_the_calendar_knows_holidays_and_what_is_worked_for_them() -> None:
    assert codes.calendar()[date(2026, 2, 17)] == "holiday"
    assert codes.calendar()[date(2026, 2, 23)] == "restday"
    assert codes.calendar()[date(2026, 2, 14)] == "workday"
    assert codes.is_workday(date(2026, 6, 30))
    assert not codes.is_workday(date(2026, 6, 28))
    assert not codes.is_workday(date(2026, 6, 19))
    assert codes.is_workday(date(2026, 2, 28))
    assert {day.year for day in codes.calendar()} == {2024, 2025, 2026, 2027}


def test_every_exception_of_the_calendar_is_one() -> None:
    """A day worked lies at a weekend, a day off in exchange does not; holidays may fall on any day."""
    assert [day for day, kind in codes.calendar().items() if kind == "workday" and day.weekday() < 5] == []
    assert [day for day, kind in codes.calendar().items() if kind == "restday" and day.weekday() >= 5] == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("2024-12-01", "2024-13-01", 3, "month must be in 1..12"),
        (",2024-12-01,", "", 3, "more or fewer cells than the header"),
        ("2024-12-01,", "2024-12-01,,,", 3, "more or fewer cells than the header"),
        ("valid_from", "begins", 2, "there is no column valid_from"),
    ],
)
def test_a_line_that_cannot_be_is_named(
    right: str, wrong: str, line: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "sex" in codes.names()
    text = f"{','.join(codes.HEADER)}\n1,Male,男,1990-01-01,\n9,X,无,2024-12-01,\n"
    (tmp_path / "sex.csv").write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(codes, "FOLDER", tmp_path)
    with pytest.raises(LakehouseError, match=f"CODES-002.*warehouse_models/codes/sex.csv, line {line}: {says}"):
        codes.load.__wrapped__("sex")


def test_an_unknown_list_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        codes.load("ghosts")
    with pytest.raises(KeyError):
        codes.load("sex").code("7")
