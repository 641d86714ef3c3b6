"""Manifests are read strictly, and told what is wrong without repeating it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing.manifest import LARGEST, faults, read_manifest
from jobs.landing.refusals import Refused, shown

FILE = {
    "name": "e.csv.gz",
    "table": "encounter",
    "rows": 1,
    "bytes": 2,
    "sha256": "0" * 64,
    "encoding": "UTF-8",
    "fen": 0,
}
GOOD: dict[str, Any] = {
    "standard": "1",
    "point": "P001",
    "business_date": "2026-06-30",
    "sequence": 8,
    "kind": "increment",
    "period": None,
    "extracted_at": "2026-07-01 00:30:00",
    "offered_at": "2026-07-01 01:10:00",
    "files": [FILE],
}
JSON = {**FILE, "elements": 3}
FULL = {"kind": "full", "period": {"from": "2024-07-01", "to": "2026-06-30"}}


def content(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False).encode()


def codes(**changes: Any) -> list[str]:
    tables = frozenset({"encounter", "encounter_diagnosis"})
    return [reason.code for reason in faults(read_manifest(content(**changes)), "P001", tables)]


@pytest.mark.parametrize("changes", [{}, FULL, {"kind": "deletion"}, {"kind": "correction", "files": []}])
def test_a_sound_manifest_has_nothing_wrong(changes: dict[str, Any]) -> None:
    assert codes(**changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": "8"},
        {"sequence": 8.0},
        {"sequence": 0},
        {"sequence": True},
        {"kind": "delta"},
        {"business_date": "2026-02-30"},
        {"business_date": "30.06.2026"},
        {"offered_at": "2026-07-01T01:10:00Z"},
        {"offered_at": 1782839400},
        {"extra": 1},
        {"files": {}},
        {"files": [{**FILE, "rows": -1}]},
        {"files": [{**FILE, "name": "../e.csv"}]},
        {"files": [{**FILE, "name": "/etc/passwd"}]},
        {"files": [{**FILE, "sha256": "0" * 63}]},
        {"files": [{**FILE, "encoding": "GBK"}]},
        {"files": [{**FILE, "fen": 0.5}]},
        {"period": {"from": "2026-01-01"}},
    ],
)
def test_what_is_not_as_the_standard_says_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused) as error:
        read_manifest(content(**changes))
    assert [reason.code for reason in error.value.reasons] == ["MAN-READ"]


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"[]", b"null", b"{", b'{"point": ', b"[" * 100_000, b" " * (LARGEST + 1)]
)
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(Refused):
        read_manifest(text)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_refused_in_good_order(text: bytes) -> None:
    with pytest.raises(Refused):
        read_manifest(text)


def test_the_reason_names_the_field_and_never_its_content() -> None:
    with pytest.raises(Refused) as error:
        read_manifest(content(point=["扎西卓玛"], sequence="632701198005123019", 张三="x"))
    (reason,) = error.value.reasons
    assert "sequence: int_type" in reason.where
    assert not {"扎西", "632701", "张三"} & {part for part in ("扎西", "632701", "张三") if part in str(reason)}
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"standard": "2"}, "MAN-STANDARD"),
        ({"point": "P002"}, "MAN-POINT"),
        ({"kind": "full"}, "MAN-PERIOD"),
        ({"period": FULL["period"]}, "MAN-PERIOD"),
        ({**FULL, "period": {"from": "2026-07-01", "to": "2026-06-30"}}, "MAN-PERIOD"),
        ({"files": [{**FILE, "table": "invoice"}]}, "MAN-TABLE"),
        ({"files": [FILE, FILE]}, "MAN-FILE"),
        ({"files": [JSON, {**JSON, "table": "encounter_diagnosis", "bytes": 3}]}, "MAN-FILE"),
        ({"files": [JSON, {**JSON, "table": "encounter_diagnosis", "sha256": "1" * 64}]}, "MAN-FILE"),
        ({"files": [JSON, {**JSON, "table": "encounter_diagnosis", "elements": 4}]}, "MAN-FILE"),
        ({"files": [{**FILE, "name": "manifest.json"}]}, "MAN-FILE"),
    ],
)
def test_what_a_manifest_says_wrongly_has_its_code(changes: dict[str, Any], code: str) -> None:
    assert codes(**changes) == [code]


def test_a_file_that_two_tables_come_from_is_listed_for_each_and_counted_once() -> None:
    files = [JSON, {**JSON, "table": "encounter_diagnosis", "rows": 5, "fen": 9}, {**FILE, "name": "other"}]
    assert codes(files=files) == []
    said = read_manifest(content(files=files))
    assert said.tables_of("e.csv.gz") == ("encounter", "encounter_diagnosis")
    assert [said.size(each) for each in (said.tables, ["encounter_diagnosis"], [])] == [4, 2, 0]


def test_the_content_is_the_same_whatever_the_stamps_and_names() -> None:
    one = read_manifest(content())
    later = {"offered_at": "2026-07-02 09:00:00", "extracted_at": "2026-07-02 08:00:00", "sequence": 9}
    renamed = [{**FILE, "name": "other.csv.gz"}]
    assert read_manifest(content(**later, files=renamed)).content_sha256() == one.content_sha256()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "correction"},
        {"business_date": "2026-06-29"},
        FULL,
        {"files": [{**FILE, "rows": 2}]},
        {"files": [{**FILE, "fen": 1}]},
        {"files": [{**FILE, "sha256": "1" * 64}]},
        {"files": [{**FILE, "table": "person"}]},
        {"files": [FILE, {**FILE, "name": "b.csv.gz"}]},
    ],
)
def test_other_content_has_another_digest(changes: dict[str, Any]) -> None:
    assert read_manifest(content(**changes)).content_sha256() != read_manifest(content()).content_sha256()


@pytest.mark.parametrize(
    "name", ["encounter.csv.gz", "2026-06-30-0008-again", "JZJL_20260630.csv", "a_20260701003000.csv"]
)
def test_plain_names_are_shown(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize(
    "name", ["扎西.csv", "632701198005123019.csv", "13800000001", "a b", "", "x" * 99, "../a", "K1380000000112345"]
)
def test_names_that_may_be_somebodys_are_not_shown(name: str) -> None:
    assert shown(name) == "(a name that is not shown)"
