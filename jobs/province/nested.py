"""Files of a JSON dialect as a point offers them: the tables of one file together, rows in lists of their elements.

A nested row goes into the first element that has what the row takes from it. Rows without such an element, of which
there are many in corrections and deletions, come in a file of their own, whose elements hold nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from jobs.province.catalogue import TABLES
from jobs.province.dialect import Dialect
from jobs.province.wire import PLAIN, Twist, encoded, spread, written_columns
from warehouse_models.contract import Type
from warehouse_models.dialect import OF_ELEMENT

NUMBERS = frozenset({Type.INTEGER, Type.QUANTITY, Type.MONEY})
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
# Names and values, as JSON, of what a nested row takes from the element around it.
Shared: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class JsonFile:
    """One file: its bytes, how many elements it has, and the rows of each table that comes from it."""

    name: str
    content: bytes
    elements: int
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class _Row:
    """A row of a nested table: its number, what it takes from the element around it, and itself as JSON."""

    number: int
    shared: Shared
    text: str


@dataclass(frozen=True)
class _Element:
    """An element in the making: its fields, and the rows of the lists in it."""

    fields: Sequence[tuple[str, str]]
    lists: dict[str, list[_Row]]

    def text(self) -> str:
        """The element as JSON."""
        lists = [(name, f"[{','.join(row.text for row in rows)}]") for name, rows in self.lists.items()]
        return _object([*self.fields, *lists])


def json_files(
    tables: Mapping[str, pa.Table], dialect: Dialect, files: Mapping[str, int], twists: Mapping[str, Twist]
) -> Iterator[JsonFile]:
    """The files of a delivery. tables, files: as `write_offer` has them.

    A twist of a file's bytes is that of the table whose rows are the elements; it concerns the first file.
    """
    for method in dict.fromkeys(dialect.declared.file(TABLES[name]) for name in tables):
        own = {name: rows for name, rows in tables.items() if dialect.declared.file(TABLES[name]) == method}
        yield from _of_method(own, dialect, files, twists)


def _of_method(
    tables: Mapping[str, pa.Table], dialect: Dialect, files: Mapping[str, int], twists: Mapping[str, Twist]
) -> Iterator[JsonFile]:
    """The files of the tables of one method."""
    lists = {name: dialect.declared.nested(TABLES[name]) for name in tables}
    waiting = {
        name: _rows(name, tables[name], dialect, twists.get(name, PLAIN)) for name, nested in lists.items() if nested
    }
    for name in (each for each in tables if not lists[each]):
        parts = spread(tables[name], files.get(name, 1))
        for number, rows in enumerate(parts):
            twist = twists.get(name, PLAIN) if number == 0 else PLAIN
            elements = [_Element(fields, {}) for fields in _fields(name, rows, dialect, twist)]
            for inner in waiting:
                waiting[inner] = _house(waiting[inner], lists[inner], elements)
            held = {inner: _in_order(tables[inner], lists[inner], elements) for inner in waiting}
            file = dialect.file(TABLES[name], f"-{number + 1}" if len(parts) > 1 else "")
            yield _file(file, elements, {name: rows, **held}, dialect, twist)
    for name, homeless in waiting.items():
        if homeless or len(waiting) == len(tables):
            elements = list(_around(homeless, lists[name]))
            rows = _in_order(tables[name], lists[name], elements)
            file = dialect.file(TABLES[name], f"-{lists[name]}")
            yield _file(file, elements, {name: rows}, dialect, twists.get(name, PLAIN))


def _fields(name: str, rows: pa.Table, dialect: Dialect, twist: Twist) -> list[list[tuple[str, str]]]:
    """The fields of each row, with values as JSON. A row that is told to have a cell too many has one of them twice."""
    written = written_columns(TABLES[name], rows, dialect, twist)
    columns = [[(header, _value(kind, cell)) for cell in cells.to_pylist()] for header, kind, cells in written]
    fields = [list(row) for row in zip(*columns, strict=True)]
    for row in twist.long_rows:
        fields[row].append(next(pair for pair in fields[row] if not pair[0].startswith(OF_ELEMENT)))
    return fields


def _value(kind: Type, cell: str | None) -> str:
    """A cell as JSON: a number where it is one, letter by letter as it is."""
    if cell is not None and kind in NUMBERS and NUMBER.fullmatch(cell):
        return cell
    return json.dumps(cell, ensure_ascii=False)


def _object(fields: Iterable[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in fields)}}}"


def _rows(name: str, rows: pa.Table, dialect: Dialect, twist: Twist) -> list[_Row]:
    """The rows of a nested table."""
    made = []
    for number, fields in enumerate(_fields(name, rows, dialect, twist)):
        own = [pair for pair in fields if not pair[0].startswith(OF_ELEMENT)]
        shared = tuple((path.removeprefix(OF_ELEMENT), value) for path, value in fields if path.startswith(OF_ELEMENT))
        made.append(_Row(number, shared, _object(own)))
    return made


def _house(rows: Sequence[_Row], nested: str, elements: Sequence[_Element]) -> list[_Row]:
    """Put rows into the elements that they fit; return those that fit none."""
    names = [name for name, _ in rows[0].shared] if rows else []
    homes: dict[Shared, _Element] = {}
    for element in elements:
        element.lists[nested] = []
        known = dict(element.fields)
        homes.setdefault(tuple((name, known.get(name, "")) for name in names), element)
    for row in rows:
        if home := homes.get(row.shared):
            home.lists[nested].append(row)
    return [row for row in rows if row.shared not in homes]


def _around(rows: Iterable[_Row], nested: str) -> Iterator[_Element]:
    """Elements for rows that have none, of nothing but what the rows take from them."""
    homes: dict[Shared, _Element] = {}
    for row in rows:
        homes.setdefault(row.shared, _Element(row.shared, {nested: []})).lists[nested].append(row)
    yield from homes.values()


def _in_order(rows: pa.Table, nested: str, elements: Sequence[_Element]) -> pa.Table:
    """The rows of a nested table in the order in which they stand in the elements."""
    return rows.take(pa.array([row.number for each in elements for row in each.lists[nested]], pa.int64()))


def _file(
    name: str, elements: Sequence[_Element], tables: Mapping[str, pa.Table], dialect: Dialect, twist: Twist
) -> JsonFile:
    content = f"[{','.join(each.text() for each in elements)}]\n".encode()
    return JsonFile(name, encoded(content, dialect, twist), len(elements), tables)
