"""Rows out of elements: none is lost, each keeps its place, and a field is as strict a thing as a header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import explode, rows
from jobs.landing.elements import Elements
from jobs.landing.explode import Shape, rows_of_elements
from jobs.landing.refusals import Refused

RECIPE = Shape("", {"id": "recipeID", "fee": "totalFee"}, frozenset({"orderList"}))
LINE = Shape("orderList", {"id": "../recipeID", "drug": "drcode"}, frozenset({"totalFee"}))
CELLS = st.none() | st.booleans() | st.integers() | st.text(st.sampled_from(list("x1 张𠂇,\"'\n\\;")), max_size=4)
OBJECTS = st.fixed_dictionaries(
    {"recipeID": CELLS, "totalFee": CELLS},
    optional={"orderList": st.lists(st.fixed_dictionaries({"drcode": CELLS}), max_size=3)},
)


def found(text: str, shape: Shape) -> list[rows.Block]:
    return list(explode.blocks(Elements(iter([text])), shape, "f.json"))


def read(text: str, shape: Shape) -> list[list[str | None] | None]:
    """The rows; None for a marked one, all of whose cells must be empty."""
    return [row for block in found(text, shape) for row in _rows(block)]


def _rows(block: rows.Block) -> Iterator[list[str | None] | None]:
    for is_wrong, *cells in zip(block.is_ragged, *(each.to_pylist() for each in block.cells.values()), strict=True):
        assert not is_wrong or cells == [None] * len(cells)
        yield None if is_wrong else cells


def refused(text: str, shape: Shape) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        found(text, shape)
    return [(reason.code, reason.where) for reason in error.value.reasons]


def told(cell: Any) -> str | None:
    """What lands of a cell."""
    return ("1" if cell else "0") if isinstance(cell, bool) else None if cell is None else str(cell) or None


@given(st.lists(OBJECTS, max_size=8), st.integers(1, 4))
def test_every_row_of_every_element_lands_in_its_place(array: list[dict[str, Any]], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explode, "MOST_ROWS", most)
        text = json.dumps([*array, {"recipeID": 1, "totalFee": 1, "orderList": [{"drcode": 1}]}])
        assert read(text, RECIPE)[:-1] == [[told(each["recipeID"]), told(each["totalFee"])] for each in array]
        lines = [[told(each["recipeID"]), told(row["drcode"])] for each in array for row in each.get("orderList", ())]
        assert read(text, LINE)[:-1] == lines
        assert all(len(block.is_ragged) <= most for block in found(text, LINE))


RECIPES = """[
    {"recipeID": "R1", "totalFee": 1.10, "orderList": [{"drcode": "A"}, 7, {"drcode": "B", "drcode": "C"}, {}]},
    null,
    [{"recipeID": "R2"}],
    {"recipeID": "R3", "totalFee": {"yuan": 1}, "orderList": {"drcode": "D"}},
    {"recipeID": ["R4"], "totalFee": true, "orderList": [{"drcode": "E"}]},
    {"recipeID": "R5", "recipeID": "R5", "totalFee": 2, "orderList": [{"drcode": "F"}], "orderList": [1, 2]},
    {"recipeID": "R6", "orderList": null},
    {"recipeID": "R7", "totalFee": "", "orderList": [{"drcode": []}, {"drcode": "G"}]}
]"""


def test_what_does_not_fit_is_an_empty_row_in_its_place() -> None:
    assert read(RECIPES, RECIPE) == [["R1", "1.10"], None, None, None, None, None, ["R6", None], ["R7", None]]
    lines = [["R1", "A"], None, None, ["R1", None], None, None, None, None, None, None, ["R7", "G"]]
    assert read(RECIPES, LINE) == lines


def test_rows_are_found_again_by_the_element_that_they_are_in() -> None:
    assert list(rows_of_elements(Elements(iter([RECIPES])), "")) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert list(rows_of_elements(Elements(iter([RECIPES])), "orderList")) == [1, 1, 1, 1, 4, 5, 6, 6, 6, 8, 8]


def test_an_array_without_objects_lacks_no_field() -> None:
    assert read("[]", RECIPE) == []
    assert read("[1]", RECIPE) == [None]
    assert read('[{"recipeID": 1, "orderList": []}]', LINE) == []


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ('[{"recipeID": 1}, {"recipeID": 2}]', RECIPE, [("COL-MISSING", "f.json: totalFee")]),
        ('[{"recipeID": 1}]', LINE, [("COL-MISSING", "f.json: orderList")]),
        ('[{"orderList": [{"drcode": 1}]}]', LINE, [("COL-MISSING", "f.json: recipeID")]),
        (
            '[{"recipeID": 1, "orderList": [{}, {"pack": 1}]}]',
            LINE,
            [("COL-MISSING", "f.json: orderList.drcode"), ("COL-UNKNOWN", "f.json: objects of another kind")],
        ),
        (
            '[{"recipeID": 1, "orderList": [{"drcode": 1, "pack": 1, "扎西": 1, "a632701198005123019": 1}]}]',
            LINE,
            [
                (
                    "COL-UNKNOWN",
                    "f.json: orderList.pack, orderList.(a header that is not shown), "
                    "orderList.(a header that is not shown)",
                )
            ],
        ),
        ('[{"recipeID": 1, "totalFee": 1}, {"note": 1, "note": 1}]', RECIPE, [("COL-UNKNOWN", "f.json: note")]),
        ('[{"recipeID": "\\ufffd", "totalFee": 1}]', RECIPE, [("DEC-REPLACEMENT", "behind row 0")]),
        ('[{"recipeID": "\\ud800", "totalFee": 1}]', RECIPE, [("JSON-READ", "half a character behind row 0")]),
    ],
)
def test_what_a_file_is_refused_for(text: str, shape: Shape, expected: list[tuple[str, str]]) -> None:
    assert refused(text, shape) == expected


def test_full_width_text_is_not_taken_for_lost_characters() -> None:
    assert read('[{"recipeID": "３０ｍｇ\\uff08", "totalFee": null}]', RECIPE) == [["３０ｍｇ（", None]]


def test_a_control_character_is_a_fault_of_a_row_and_none_of_the_file() -> None:
    assert read('[{"recipeID": "a\0b\\u0000\n", "totalFee": 1}]', RECIPE) == [["a\0b\0\n", "1"]]


def test_a_small_file_does_not_unfold_to_a_large_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explode, "LARGEST", 1000)
    lines = ", ".join(['{"drcode": 1}'] * 20)
    text = (
        f'[{{"recipeID": "{"R" * 45}", "orderList": [{lines}]}}, {{"recipeID": "{"R" * 60}", "orderList": [{lines}]}}]'
    )
    assert refused(text, LINE) == [("JSON-READ", "element 2 unfolds to too much")]
    monkeypatch.setattr(explode, "LARGEST", 1500)
    assert [len(block.is_ragged) for block in found(text, LINE)] == [40]
    monkeypatch.setattr(explode, "LARGEST", 1200)
    assert [len(block.is_ragged) for block in found(text, LINE)] == [20, 20]
