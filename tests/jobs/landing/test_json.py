"""JSON deliveries: one file for several tables, counted in elements and in rows; the same rows as in any other dialect."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.landing import delivery
from jobs.landing.land import reland
from jobs.landing.record import Counted, Declared, Landed, Repair
from jobs.landing.seal import open_sealed
from jobs.province.story import Lie, Rows, Twist, deletion_of, registers, repeat_delivery, row, visit
from jobs.province.story import write_delivery as write
from lakehouse import keys
from lakehouse.settings import Settings
from warehouse_models import dialect, registry

Land = Callable[..., list[Landed]]
VENDORS = {"P001": "standard-1", "P002": "huakang-3", "P003": "province-1"}
NIGHT = date(2026, 6, 30)
RECIPES = "uploadRecipeIndicators.json"
# Two prescriptions, of which the second has two lines.
PRESCRIBED: Rows = {
    "prescription": [row("prescription", prescription_id="R1"), row("prescription", prescription_id="R2")],
    "prescription_item": [
        row("prescription_item", prescription_id="R2", item_number="1"),
        row("prescription_item", prescription_id="R1", item_number="1", amount="7.00"),
        row("prescription_item", prescription_id="R2", item_number="2"),
    ],
}


@pytest.fixture
def outbox(offers: Path) -> Path:
    """The outbox of the point that writes JSON."""
    return offers / "P003"


def write_delivery(outbox: Path, rows: Any, **how: Any) -> Path:
    return write(outbox, rows, vendor="province-1", **how)


def rows_of(settings: Settings, landed: Landed, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(settings.landing / landed.id / f"{table}.parquet").to_pylist()
    return found


def reasons(landed: list[Landed]) -> list[tuple[str, str]]:
    return [(why.code, why.where) for each in landed for why in each.reasons]


def entries(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change each entry of the manifest that lists the file of prescriptions."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["name"] == RECIPES:
            change(entry)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def meant(table: str, found: dict[str, Any], vendor: str) -> dict[str, Any]:
    """A landed row with the standard's codes and prices: what staging makes of it. Tokens are as they are."""
    said = {}
    for column in registry.exchange()[table].columns:
        cell = found[column.landed_name]
        crossings = dialect.load(vendor).crosswalk(column.codes or "")
        codes = {each.written: each.code for each in crossings}
        said[column.landed_name] = codes.get(cell, cell)
        if column.name == "unit_price":
            said[column.landed_name] = Decimal(cell)
    return {**said, "faults": found["faults"], "fen": found.get("fen"), "row_number": found["row_number"]}


def test_registers_and_a_visit_are_the_same_rows_and_tokens_in_every_dialect(
    land: Land, settings: Settings, offers: Path
) -> None:
    rows = {**registers(), **visit("V1", certificate_type_code="03", certificate_number="E1234567")}
    for point, vendor in VENDORS.items():
        write(offers / point, rows, vendor=vendor)
    landed = land()
    assert [(each.status, each.reasons) for each in landed] == [("landed", ())] * 3
    for table in rows:
        told = [[meant(table, found, each.dialect) for found in rows_of(settings, each, table)] for each in landed]
        assert told[0] == told[1] == told[2], table
        assert len(told[0]) == len(rows[table])
    assert sum(value is not None for name, value in meant_person(settings, landed[2]).items() if "token" in name) >= 4


def meant_person(settings: Settings, landed: Landed) -> dict[str, Any]:
    return meant("person", rows_of(settings, landed, "person")[0], landed.dialect)


def test_elements_and_rows_are_counted_and_the_file_is_sealed_once(
    land: Land, settings: Settings, outbox: Path
) -> None:
    folder = write_delivery(outbox, PRESCRIBED)
    (landed,) = land()
    assert {name: (each.declared, each.landed) for name, each in landed.tables.items()} == {
        "prescription": (Declared(rows=2, fen=10000, elements=2), Counted(rows=2, fen=10000)),
        "prescription_item": (Declared(rows=3, fen=10700, elements=2), Counted(rows=3, fen=10700)),
    }
    found = [
        (each["prescription_id"], each["item_number"], each["row_number"])
        for each in rows_of(settings, landed, "prescription_item")
    ]
    assert found == [("R1", "1", 1), ("R2", "1", 2), ("R2", "2", 3)]
    content = (folder / RECIPES).read_bytes()
    assert landed.raw_bytes == len(content)
    sealed = open_sealed(settings.sealed / landed.sealed, keys.seal_key(settings))
    assert sealed == {RECIPES: content, "manifest.json": (folder / "manifest.json").read_bytes()}


def test_a_large_delivery_is_shared_out_and_lands_the_same(
    land: Land, settings: Settings, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LARGE", 1)
    write_delivery(outbox, PRESCRIBED)
    (landed,) = land()
    assert (landed.status, {name: each.landed.rows for name, each in landed.tables.items()}) == (
        "landed",
        {"prescription": 2, "prescription_item": 3},
    )


def test_the_sealed_original_lands_again_and_a_repeat_is_known(land: Land, settings: Settings, outbox: Path) -> None:
    repeat_delivery(write_delivery(outbox, {**registers(), **PRESCRIBED}))
    first, repeated = land()
    assert (first.status, repeated.status, repeated.tables) == ("landed", "repeated", first.tables)
    shutil.rmtree(outbox)
    again = reland(settings, first.id, NIGHT, workers=0)
    assert (again.status, again.tables) == ("landed", first.tables)
    for name in first.tables:
        one, other = (pq.read_table(settings.landing / each.id / f"{name}.parquet") for each in (first, again))
        assert one.drop_columns("delivery") == other.drop_columns("delivery")


def test_rows_without_an_element_come_in_a_file_of_their_own(land: Land, settings: Settings, outbox: Path) -> None:
    lines = PRESCRIBED["prescription_item"]
    write_delivery(outbox, {"prescription": PRESCRIBED["prescription"][:1], "prescription_item": lines})
    write_delivery(outbox, {"prescription_item": lines[:1]}, kind="correction", sequence=2)
    write_delivery(outbox, deletion_of({"prescription_item": lines}), kind="deletion", sequence=3)
    write_delivery(outbox, {"prescription": [], "prescription_item": []}, sequence=4)
    mixed, correction, deletion, empty = land()
    assert [each.status for each in (mixed, correction, deletion, empty)] == ["landed"] * 4
    assert {name: each.landed.rows for name, each in mixed.tables.items()} == {
        "prescription": 1,
        "prescription_item": 3,
    }
    assert [each["prescription_id"] for each in rows_of(settings, mixed, "prescription_item")] == ["R1", "R2", "R2"]
    assert [each["prescription_id"] for each in rows_of(settings, correction, "prescription_item")] == ["R2"]
    assert [each["original_event_on"] for each in rows_of(settings, deletion, "prescription_item")] == [
        "2026-06-30"
    ] * 3
    assert {name: each.landed.rows for name, each in empty.tables.items()} == {
        "prescription": 0,
        "prescription_item": 0,
    }


def test_what_does_not_fit_lands_empty_and_marked(land: Land, settings: Settings, outbox: Path) -> None:
    twists = {"prescription_item": Twist(long_rows=(0,)), "prescription": Twist(bom=True, reordered=True)}
    first, *others = PRESCRIBED["prescription_item"]
    write_delivery(outbox, {**PRESCRIBED, "prescription_item": [{**first, "amount": "0"}, *others]}, twists=twists)
    (landed,) = land()
    found = rows_of(settings, landed, "prescription_item")
    assert [(each["prescription_id"], each["faults"]) for each in found] == [("R1", 0), (None, 2), ("R2", 0)]
    assert landed.tables["prescription"].repairs == (Repair(column="", repair="byte_order_mark", rows=1),)
    assert landed.tables["prescription_item"].unpriced == 1


def wrong_sum(entry: dict[str, Any]) -> None:
    entry["fen"] += entry["table"] == "prescription_item"


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], object], list[tuple[str, str]]]] = {
    "elements stated wrongly": (
        lambda entry: entry.update(elements=3),
        [("MAN-COUNT", f"{RECIPES}: 3 elements stated, 2 read")],
    ),
    "elements not stated": (
        lambda entry: entry.pop("elements"),
        [("MAN-COUNT", f"{RECIPES}: elements are not stated")],
    ),
    "rows of both stated wrongly": (
        lambda entry: entry.update(rows=9),
        [("MAN-COUNT", f"{RECIPES}: 9 stated, 2 read"), ("MAN-COUNT", f"{RECIPES}: 9 stated, 3 read")],
    ),
    "sum of one stated wrongly": (wrong_sum, [("MAN-SUM", f"{RECIPES}: 10701 stated, 10700 read")]),
    "listed for a table of another method": (
        lambda entry: entry.update(table="person" if entry["table"] == "prescription" else entry["table"]),
        [("MAN-FILE", f"{RECIPES} is listed for person and prescription_item")],
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_manifest_that_is_wrong_about_a_json_file_is_told(name: str, land: Land, outbox: Path) -> None:
    spoil, expected = SPOILT[name]
    entries(write_delivery(outbox, PRESCRIBED), spoil)
    assert reasons(land()) == expected


@pytest.mark.parametrize("lie", [Lie.SIZE, Lie.DIGEST])
def test_a_file_that_is_not_as_described_is_told_once(land: Land, outbox: Path, lie: Lie) -> None:
    write_delivery(outbox, PRESCRIBED, lie=lie)
    assert [code for code, _ in reasons(land())] == [f"MAN-{lie.name}"]


def test_rows_of_a_table_that_is_not_listed_are_never_left_behind(land: Land, outbox: Path) -> None:
    folder = write_delivery(outbox, PRESCRIBED)
    manifest = json.loads((folder / "manifest.json").read_text())
    kept = [each for each in manifest["files"] if each["table"] == "prescription"]
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": kept}))
    assert reasons(land()) == [("COL-UNKNOWN", f"{RECIPES}: orderList")]


def test_a_csv_file_is_of_one_table(land: Land, offers: Path) -> None:
    folder = write(offers / "P001", {"charge_item": [row("charge_item")]})
    manifest = json.loads((folder / "manifest.json").read_text())
    (entry,) = manifest["files"]
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": [entry, {**entry, "table": "person"}]}))
    assert reasons(land()) == [("MAN-FILE", "charge_item.csv.gz is listed for charge_item and person")]


@pytest.mark.parametrize(
    ("twist", "expected"),
    [
        (Twist(missing="amount"), [("COL-MISSING", f"{RECIPES}: orderList.itemFee")]),
        (
            Twist(renamed="amount"),
            [
                ("COL-MISSING", f"{RECIPES}: orderList.itemFee"),
                ("COL-UNKNOWN", f"{RECIPES}: orderList.itemFee_1"),
            ],
        ),
        (Twist(unknown=True), [("COL-UNKNOWN", f"{RECIPES}: orderList.BZ1")]),
    ],
)
def test_fields_are_named_as_the_interface_does(
    land: Land, outbox: Path, twist: Twist, expected: list[tuple[str, str]]
) -> None:
    write_delivery(outbox, PRESCRIBED, twists={"prescription_item": twist})
    assert reasons(land()) == expected


def test_a_byte_that_is_no_text_is_told_once_with_its_place(land: Land, outbox: Path) -> None:
    folder = write_delivery(outbox, PRESCRIBED, twists={"prescription": Twist(broken_byte=True)})
    place = (folder / RECIPES).read_bytes().index(0xFF)
    assert reasons(land()) == [("DEC-BYTE", f"{RECIPES}, byte {place}")]
