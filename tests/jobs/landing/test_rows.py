"""Rows of CSV files: none is lost, and each keeps its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import rows
from jobs.landing.refusals import Refused

NAMES = ("a", "b", "c")
CELLS = st.text(st.sampled_from(list("x1 张𠂇,\"'\n\r\0;")), max_size=4)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=30)


def read(text: str, size: int = 10_000, delimiter: str = ",") -> list[list[str | None]]:
    content = text.encode()
    pieces: Iterator[bytes] = (content[start : start + size] for start in range(0, len(content), size))
    _, rest = rows.split_header(pieces, delimiter)
    found = list(rows.blocks(rest, NAMES, delimiter))
    return [
        list(row) for block in found for row in zip(*(block.cells[name].to_pylist() for name in NAMES), strict=True)
    ]


def ragged(text: str) -> list[bool]:
    _, rest = rows.split_header(iter([text.encode()]), ",")
    return [bool(each) for block in rows.blocks(rest, NAMES, ",") for each in block.is_ragged]


@given(ROWS, st.integers(1, 40), st.sampled_from(["\n", "\r\n"]))
def test_rows_are_those_of_any_csv_reader_and_ragged_ones_are_empty_in_their_place(
    table: list[list[str]], size: int, ending: str
) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([list(NAMES), *table])
    expected = [[cell or None for cell in row] if len(row) == 3 else [None] * 3 for row in table]
    assert read(written.getvalue(), size) == expected


def test_a_row_with_a_wrong_number_of_cells_is_marked_wherever_it_stands() -> None:
    assert ragged("a,b,c\n1,2\n1,2,3\n1,2,3,4\n\n4,5,6\n7\n") == [True, False, True, False, True]
    assert ragged("a,b,c\n1,2\n1,2,3,4\n") == [True, True]


def test_empty_lines_are_no_rows() -> None:
    assert read("a,b,c\n\n\n1,2,3\n\n") == [["1", "2", "3"]]
    assert read("a,b,c\n\n\r\n") == []


@pytest.mark.parametrize("text", ["a,b,c", "a,b,c\n", "a,b,c\r\n"])
def test_a_header_alone_is_a_file_without_rows(text: str) -> None:
    assert read(text) == []


def test_another_delimiter_is_taken_as_said() -> None:
    assert read("a|b|c\n1|2,3|4\n", delimiter="|") == [["1", "2,3", "4"]]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_header_is_found_behind_a_byte_order_mark(size: int) -> None:
    content = '\ufeffa, b ,"c"\r\n1,2,3\n'.encode()
    header, _ = rows.split_header((content[at : at + size] for at in range(0, len(content), size)), ",")
    assert header == rows.Header(("a", "b", "c"), has_bom=True)


def test_a_file_without_a_line_has_no_header() -> None:
    assert rows.split_header(iter(()), ",")[0] == rows.Header((), has_bom=False)


def test_a_quoted_cell_that_does_not_end_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK", 64)
    text = 'a,b,c\n1,2,3\n1,"张三,3\n' + "1,2,3\n" * 100
    with pytest.raises(Refused) as error:
        read(text, size=50)
    (reason,) = error.value.reasons
    assert reason.code == "CSV-READ"
    assert "张三" not in f"{reason}{error.value}{error.value.__cause__}"
    assert error.value.__suppress_context__
