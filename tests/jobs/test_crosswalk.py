"""What dialects may write for codes, in both forms: a row per written form, and a row per dialect with maps."""

from __future__ import annotations

from jobs.crosswalk import MEANING, SHORT, crosswalk_table, lookup_table, short_lists
from warehouse_models import codes, dialect


def test_the_maps_hold_what_the_rows_of_short_lists_say() -> None:
    rows = {
        (row["dialect"], row["list"], row["written"], *(row[name] for name in MEANING))
        for row in crosswalk_table().to_pylist()
        if row["list"] in short_lists()
    }
    held = [
        (row["dialect"], listed, written, *(meaning[name] for name in MEANING))
        for row in lookup_table().to_pylist()
        for listed in short_lists()
        for written, meaning in row[listed]
    ]
    assert set(held) == rows
    assert len(held) == len(rows)


def test_every_dialect_has_one_row() -> None:
    assert sorted(lookup_table()["dialect"].to_pylist()) == sorted(dialect.names())


def test_long_lists_stay_rows() -> None:
    longest = {listed: len(codes.load(listed).rows) for listed in codes.names()}
    assert {listed for listed, size in longest.items() if size > SHORT} <= set(codes.names()) - short_lists()
    assert {"sex", "department"} <= short_lists()
    assert "icd10" not in short_lists()


def test_a_form_is_written_once_in_a_list() -> None:
    written = [tuple(row.values()) for row in crosswalk_table().select(["dialect", "list", "written"]).to_pylist()]
    assert len(written) == len(set(written))
