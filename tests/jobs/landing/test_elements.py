"""Elements of JSON arrays: all of them, however the text is cut; values as written; nothing else is taken for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.landing import elements
from jobs.landing.elements import Doubled, Elements
from jobs.landing.refusals import Refused

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(["[", "]", '"', "\\", "\0\n"])
SINGLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SINGLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


def read(text: str, size: int = 10_000) -> list[Any]:
    return [element for element, _ in Elements(pieces(text, size))]


def refused(text: str, size: int = 10_000) -> str:
    """Where a text is refused."""
    with pytest.raises(Refused) as error:
        read(text, size)
    (reason,) = error.value.reasons
    assert (reason.code, error.value.__suppress_context__) == ("JSON-READ", True)
    return reason.where


@pytest.fixture(autouse=True)
def in_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "CHUNK", 5)
    monkeypatch.setattr(elements, "LARGEST", 2000)


@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
@example(array=[0.0, 1e-30], size=1, indent=1, is_ascii=False)
@example(array=[0.0, 1e-30], size=2, indent=1, is_ascii=False)
@example(array=[1e300, -0.5], size=3, indent=None, is_ascii=False)
def test_all_elements_are_those_of_any_parser_however_the_text_is_cut(
    array: list[Any], size: int, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(array, indent=indent, ensure_ascii=is_ascii)
    assert read(f" {text}\r\n", size) == json.loads(text, parse_float=str, parse_int=str)


@given(st.lists(VALUES, max_size=3), st.integers(1, 9), st.data())
def test_a_text_that_is_cut_off_is_never_taken_for_a_shorter_array(
    array: list[Any], size: int, data: st.DataObject
) -> None:
    text = json.dumps(array)
    assert refused(text[: data.draw(st.integers(0, len(text) - 1))], size)


@given(st.text(max_size=30) | st.text(st.sampled_from(list('[]{},:"1e- tn')), max_size=30), st.integers(1, 9))
def test_any_text_is_read_as_any_parser_does_or_refused(text: str, size: int) -> None:
    try:
        expected = json.loads(text, parse_float=str, parse_int=str, parse_constant=json.loads, strict=False)
    except ValueError:
        expected = None
    if isinstance(expected, list) and '"' not in text:
        assert read(text, size) == expected
    elif not isinstance(expected, list):
        assert refused(text, size)


def test_numbers_are_what_is_written() -> None:
    written = ["1.10", "-0", "1e999999", "123456789012345678901234567890.50", "7" * 1500]
    assert read(f"[{', '.join(written)}]") == written


def test_an_object_that_names_a_field_twice_says_so() -> None:
    assert read('[{"a": 1, "b": {"c": 1, "c": 2}}, {"a": 1, "a": 1}]') == [
        {"a": "1", "b": Doubled([("c", "1"), ("c", "2")])},
        Doubled([("a", "1"), ("a", "1")]),
    ]


def test_the_length_of_each_element_and_their_number_are_told() -> None:
    found = Elements(pieces('\ufeff[ {"a": 1} , 22,"扎西" ]', 3))
    assert [(found.count, length) for _, length in found] == [(0, 8), (1, 2), (2, 4)]
    assert (found.count, found.has_bom) == (3, True)
    assert not Elements(iter(["[]"])).has_bom


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "the file is no array"),
        ("\ufeff", "the file is no array"),
        ('{"a": 1}', "the file is no array"),
        ("null", "the file is no array"),
        ("[", "element 1"),
        ("[1", "element 1"),
        ("[1,]", "element 2"),
        ("[1 2]", "after element 1"),
        ("[1] [2]", "there is something behind the array"),
        ("[1}", "after element 1"),
        ("[1, nul]", "element 2"),
        ("[NaN]", "element 1"),
        ("[-Infinity]", "element 1"),
        ('["扎西卓玛]', "element 1"),
        ("['a']", "element 1"),
        ("[1, " + "[" * 1900 + "]" * 1900 + "]", "element 2"),
        ("[1, " + '{"a":' * 390, "element 2"),
        ("[" * 100_000, "element 1"),
        (f'["{"x" * 3000}"]', "element 1"),
    ],
)
@pytest.mark.parametrize("size", [3, 100_000])
def test_what_is_no_array_of_elements_is_refused_with_its_place(text: str, where: str, size: int) -> None:
    assert refused(text, size) == where
