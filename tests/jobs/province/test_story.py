"""Small provinces written by hand are what the exchange standard says, in every dialect."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.province.catalogue import TABLES
from jobs.province.story import (
    Lie,
    Twist,
    deletion_of,
    registers,
    repeat_delivery,
    row,
    visit,
    write_delivery,
)
from jobs.province.wire import Cell

VENDORS = ("standard-1", "huakang-3")


def read(folder: Path, table: str) -> list[list[str]]:
    """Lines of a table's files, header first, by Python's own reader."""
    lines: list[list[str]] = []
    for entry in json.loads((folder / "manifest.json").read_text())["files"]:
        if entry["table"] == table:
            content = (folder / entry["name"]).read_bytes()
            content = gzip.decompress(content) if entry["name"].endswith(".gz") else content
            read_lines = list(csv.reader(io.StringIO(content.decode(entry["encoding"]))))
            lines += read_lines[1:] if lines else read_lines
    return lines


@pytest.mark.parametrize("vendor", [*VENDORS, "province-1"])
def test_the_manifest_says_what_the_files_are(tmp_path: Path, vendor: str) -> None:
    folder = write_delivery(tmp_path / "P001", visit("V1"), vendor=vendor, files=2)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["point"], manifest["sequence"], manifest["kind"]) == ("P001", 1, "increment")
    assert [entry["table"] for entry in manifest["files"]][-2:] == ["charge_item", "charge_item"]
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert {entry["table"]: entry["fen"] for entry in manifest["files"]}["prescription"] == 5000


def test_the_vendors_file_says_the_same_in_its_own_words(tmp_path: Path) -> None:
    rows = {"person": [row("person", name="王𠀀")], "charge_item": [row("charge_item", unit_price="0.1234")]}
    folder = write_delivery(tmp_path / "P001", rows, vendor="huakang-3")
    header, person = read(folder, "person")
    written = dict(zip(header, person, strict=True))
    assert (written["XM"], written["XB"], written["SFZJLB"]) == ("王𠀀", "M", "SFZ")
    assert (written["CSRQ"], written["JDSJ"]) == ("19800512", "20260601090000")
    header, charge = read(folder, "charge_item")
    written = dict(zip(header, charge, strict=True))
    assert (written["DJ"], written["SFJE"], written["SFLB"]) == ("12.34", "1200", "ZCF")


def test_the_interface_says_the_same_in_nested_objects(tmp_path: Path) -> None:
    rows = {"person": [row("person", name="王𠀀", ethnic_code="04")], **visit("V1")}
    rows["prescription_item"].append(row("prescription_item", prescription_id="R0", amount="1,5", dose="0.50"))
    folder = write_delivery(tmp_path / "P001", rows, vendor="province-1")
    (person,) = json.loads((folder / "uploadPatientInfo.json").read_text(encoding="utf-8"))
    assert (person["patientName"], person["patientCertType"], person["nation"]) == ("王𠀀", "1", "4")
    assert (person["guardianName"], person["birthDay"]) == (None, "1980-05-12")
    (recipe,) = json.loads((folder / "uploadRecipeIndicators.json").read_text())
    assert (recipe["recipeID"], recipe["totalFee"], [each["drcode"] for each in recipe["orderList"]]) == (
        "V1-R",
        50,
        ["Y001"],
    )
    text = (folder / "uploadRecipeIndicators-orderList.json").read_text()
    assert text.startswith('[{"recipeID":"R0","datein":"2026-06-30 09:08:00","orderList":[{"itemNo":1,')
    assert '"dosage":0.50,' in text
    assert '"itemFee":"1,5",' in text
    listed = [(each["name"], each["table"], each["rows"]) for each in entries(folder)]
    assert [each for each in listed if each[1].startswith("prescription")] == [
        ("uploadRecipeIndicators.json", "prescription", 1),
        ("uploadRecipeIndicators.json", "prescription_item", 1),
        ("uploadRecipeIndicators-orderList.json", "prescription_item", 1),
    ]


def entries(folder: Path) -> list[dict[str, object]]:
    files: list[dict[str, object]] = json.loads((folder / "manifest.json").read_text())["files"]
    return files


def test_a_mistake_passes_as_it_is_written(tmp_path: Path) -> None:
    wrong = row("charge_item", charged_at="昨天", amount="abc", channel_code="7", unit_price="1,5")
    folder = write_delivery(tmp_path / "P001", {"charge_item": [wrong]}, vendor="huakang-3")
    header, charge = read(folder, "charge_item")
    written = dict(zip(header, charge, strict=True))
    assert (written["SFSJ"], written["SFJE"], written["FWQD"], written["DJ"]) == ("昨天", "abc", "7", "1,5")
    assert json.loads((folder / "manifest.json").read_text())["files"][0]["fen"] == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_deletion_lists_keys_event_and_version(tmp_path: Path, vendor: str) -> None:
    folder = write_delivery(tmp_path / "P001", deletion_of(visit("V1")), kind="deletion", vendor=vendor)
    header, first, second = read(folder, "charge_item")
    assert len(header) == len(TABLES["charge_item"].deletion_columns) == len(first)
    assert [first[0], second[0]] == ["V1-C1", "V1-C2"]
    assert first[1].replace("-", "") == "20260630"


def test_a_visit_adds_up_and_refers_to_the_registers() -> None:
    rows = visit("V9", day="2026-05-02")
    assert sum(Decimal(item["amount"] or 0) for item in rows["prescription_item"]) == Decimal(
        rows["prescription"][0]["amount"] or 0
    )
    known = {
        table: {tuple(each[key] for key in TABLES[table].key) for each in given}
        for table, given in (registers() | rows).items()
    }
    for table, given in rows.items():
        for parent in TABLES[table].parents:
            assert {tuple(each[name] for name in parent.columns) for each in given} <= known[parent.table]
    assert rows["charge_item"][0]["charged_at"] == "2026-05-02 08:42:00"


@pytest.mark.parametrize("vendor", VENDORS)
def test_twists_change_the_file_and_lies_the_manifest(tmp_path: Path, vendor: str) -> None:
    rows = {"encounter_diagnosis": [row("encounter_diagnosis")]}
    header, line = read(write_delivery(tmp_path / "P001", rows, vendor=vendor), "encounter_diagnosis")

    def twisted(sequence: int, **twist: object) -> list[list[str]]:
        twists = {"encounter_diagnosis": Twist(**twist)}  # type: ignore[arg-type]
        folder = write_delivery(tmp_path / "P001", rows, sequence=sequence, vendor=vendor, twists=twists)
        return read(folder, "encounter_diagnosis")

    assert twisted(2, bom=True)[0] == ["\ufeff" + header[0], *header[1:]]
    swapped = twisted(3, reordered=True)
    assert swapped[0] != header
    assert dict(zip(*swapped, strict=True)) == dict(zip(header, line, strict=True))
    assert twisted(4, missing="diagnosed_at")[0] == [name for name in header if name != header[4]]
    assert twisted(5, renamed="diagnosed_at")[0][4] == header[4] + "_1"
    assert len(twisted(6, unknown=True)[0]) == len(header) + 1
    assert len(twisted(7, long_rows=(0,))[1]) == len(header) + 1
    assert twisted(8, cells=(Cell(0, "diagnosis_number", "１"),))[1][1] == "１"
    with pytest.raises(UnicodeDecodeError):
        twisted(9, broken_byte=True)
    folder = write_delivery(tmp_path / "P001", rows, sequence=10, vendor=vendor, lie=Lie.COUNT)
    assert json.loads((folder / "manifest.json").read_text())["files"][0]["rows"] == 2


def test_a_repeated_delivery_has_the_same_bytes(tmp_path: Path) -> None:
    folder = write_delivery(tmp_path / "P001", visit("V1"))
    again = repeat_delivery(folder)
    assert again.name == "2026-06-30-0001-again"
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
