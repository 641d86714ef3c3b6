"""Dialects say how each column and code of the standard is written, and nothing in two ways."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from lakehouse.errors import LakehouseError
from warehouse_models import dialect
from warehouse_models.registry import exchange

VENDORS = [name for name in dialect.names() if dialect.load(name).tables != "derived"]
TEXT = """
name: his
version: "1"
title: A system
title_zh: 某系统
valid_from: 2024-01-01
valid_to: null
encoding: UTF-8
compression: none
delimiter: ","
time: "%Y-%m-%d %H:%M:%S"
date: "%Y-%m-%d"
money: yuan
codes: {}
tables: derived
"""


def test_the_first_three_dialects_are_there() -> None:
    assert {"standard-1", "huakang-3", "province-1"} <= set(dialect.names())
    assert {"huakang-3", "province-1"} <= set(VENDORS)


@pytest.mark.parametrize("name", VENDORS)
def test_headers_and_columns_correspond_one_to_one(name: str) -> None:
    vendor = dialect.load(name)
    for table in exchange().values():
        headers = vendor.headers(table)
        assert list(headers) == [column.name for column in table.columns]
        assert len(set(headers.values())) == len(headers), table.name


@pytest.mark.parametrize("name", dialect.names())
def test_a_file_of_deletions_has_headers_too(name: str) -> None:
    known = dialect.load(name)
    for table in exchange().values():
        headers = known.headers(table, table.deletion_columns)
        assert list(headers) == [column.name for column in table.deletion_columns]
        assert len(set(headers.values())) == len(headers), table.name


def test_the_standard_writes_its_own_names() -> None:
    table = exchange()["encounter"]
    standard = dialect.load("standard-1")
    assert standard.headers(table) == {column.name: column.name for column in table.columns}
    assert standard.file(table) == "encounter"


def test_the_vendor_writes_initials() -> None:
    table = exchange()["encounter"]
    vendor = dialect.load("huakang-3")
    assert vendor.headers(table)["encounter_id"] == "JZLSH"
    assert vendor.file(table) == "JZJL"
    assert (vendor.encoding, vendor.compression, vendor.time, vendor.money) == (
        "GB18030",
        "none",
        "%Y%m%d%H%M%S",
        "fen",
    )


def test_the_platforms_interface_nests_the_lines_of_a_prescription() -> None:
    vendor, items = dialect.load("province-1"), exchange()["prescription_item"]
    assert (vendor.format, vendor.delimiter, vendor.money) == ("json", "", "yuan")
    assert vendor.file(items) == vendor.file(exchange()["prescription"]) == "uploadRecipeIndicators"
    assert (vendor.nested(items), vendor.nested(exchange()["prescription"])) == ("orderList", "")
    assert vendor.headers(items)["prescription_id"] == "../recipeID"
    assert dialect.load("standard-1").nested(items) == ""


@pytest.mark.parametrize("name", VENDORS)
def test_a_crosswalk_reads_back_what_it_writes(name: str) -> None:
    vendor = dialect.load(name)
    assert "certificate_type" in vendor.codes
    for listed in vendor.codes:
        crossings = vendor.crosswalk(listed)
        written = {crossing.written: crossing.code for crossing in crossings}
        assert len(written) == len(crossings) == len(set(written.values())), listed


def test_a_list_without_crosswalk_is_written_as_the_standard_does() -> None:
    assert dialect.load("huakang-3").crosswalk("icd10") == ()
    assert dialect.load("standard-1").crosswalk("sex") == ()


def test_a_dialect_holds_between_its_days() -> None:
    ended = dialect.parse("his-1", TEXT.replace("valid_to: null", "valid_to: 2024-12-31"))
    assert not ended.valid_on(date(2023, 12, 31))
    assert ended.valid_on(date(2024, 12, 31))
    assert not ended.valid_on(date(2025, 1, 1))
    assert dialect.parse("his-1", TEXT).valid_on(date(2031, 1, 1))


def test_an_unknown_dialect_is_an_error_that_names_the_known() -> None:
    with pytest.raises(LakehouseError, match=r"DIALECT-001.*standard-1"):
        dialect.load("nobody-1")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (TEXT.replace("encoding: UTF-8", "encoding: GBK"), "encoding"),
        (TEXT.replace('version: "1"', 'version: "2"'), "it declares his-2"),
        (TEXT + "extra: 1\n", "extra"),
        (TEXT.replace("money: yuan\n", ""), "money"),
        (TEXT.replace("%H:%M:%S", "%H:%M"), "needs each of %Y %m %d %H %M %S once"),
        (TEXT.replace('date: "%Y-%m-%d"', 'date: "%y%m%d"'), "needs each of %Y %m %d once"),
        (TEXT.replace('delimiter: ","', 'delimiter: "||"'), "one character"),
        (TEXT.replace('delimiter: ","', ""), "one character"),
        (TEXT + "format: json\n", "JSON has no delimiter"),
        (TEXT + "format: xml\n", "format"),
        ("name: [", "while parsing"),
        ("- a list", "valid dictionary"),
    ],
)
def test_a_file_that_is_no_dialect_is_an_error_that_says_why(bad: str, told: str) -> None:
    with pytest.raises(LakehouseError, match="DIALECT-002") as raised:
        dialect.parse("his-1", bad)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("nested", "header", "told"),
    [("list", "BH", "CSV has no nested lists"), ("", "../BH", "only the rows of a nested list")],
)
def test_what_only_nested_rows_can_have_is_refused_elsewhere(nested: str, header: str, told: str) -> None:
    table = {"file": "JZ", "nested": nested, "columns": {"encounter_id": header}}
    with pytest.raises(LakehouseError, match=told):
        dialect.parse("his-1", TEXT.replace("tables: derived", yaml.safe_dump({"tables": {"encounter": table}})))


def test_a_header_used_twice_is_refused() -> None:
    table = {"file": "JZ", "columns": {"encounter_id": "BH", "patient_id": "BH"}}
    text = TEXT.replace("tables: derived", yaml.safe_dump({"tables": {"encounter": table}}))
    with pytest.raises(LakehouseError, match="headers used twice: BH"):
        dialect.parse("his-1", text)
