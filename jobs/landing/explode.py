"""From the elements of a JSON file to the rows of one table as text columns, block by block, with no row lost.

What does not fit becomes an empty row in its place, marked: an element or a row that is no object, an object that names
a field twice, and whatever stands in it, a list that is none, and a field with more than a single value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.landing.arrays import Bools, extremes
from jobs.landing.elements import LARGEST, Doubled, Elements
from jobs.landing.fields import Fields
from jobs.landing.refusals import Refused, reason
from jobs.landing.rows import Block
from jobs.landing.text import without_empty
from warehouse_models.dialect import OF_ELEMENT

MOST_ROWS = 16_384  # Of a block.
LEAD_OF_REPLACEMENT = 0xEF  # First byte of U+FFFD in UTF-8.
# A row and the element around it, which is empty where the element is the row; None for what does not fit.
Row: TypeAlias = tuple[Mapping[str, Any], Mapping[str, Any]] | None
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Shape:
    """Where a table's rows and cells are in an element.

    nested: the list whose objects are the rows; empty where the element is the row.   paths: the standard's name of each
    column -> name of a field of the row, or `../name` of one of the element around it.   beside: fields of the element
    that are other tables'.
    """

    nested: str
    paths: Mapping[str, str]
    beside: frozenset[str] = frozenset()

    @cached_property
    def of_row(self) -> tuple[str, ...]:
        """Fields that the rows have."""
        return tuple(path for path in self.paths.values() if not path.startswith(OF_ELEMENT))

    @cached_property
    def of_element(self) -> tuple[str, ...]:
        """Fields that the rows take from the element around them."""
        return tuple(path.removeprefix(OF_ELEMENT) for path in self.paths.values() if path.startswith(OF_ELEMENT))


def blocks(elements: Elements, shape: Shape, file: str) -> Iterator[Block]:
    """The rows in the elements under the standard's names, block by block; empty texts are null.

    Raises Refused: JSON-READ, also for an element that unfolds to too much, DEC-REPLACEMENT for U+FFFD behind an escape,
    and at the end COL-MISSING for what no object has, COL-UNKNOWN for what any has.
    """
    top = Fields(file, "", shape.of_row if not shape.nested else (*shape.of_element, shape.nested), shape.beside)
    inner = Fields(file, f"{shape.nested}.", shape.of_row)
    done = 0
    for rows in _batches(elements, shape, top, inner):
        yield _block(rows, shape, done)
        done += len(rows)
    if reasons := (*top.reasons(), *inner.reasons()):
        raise Refused(*reasons)


def _batches(elements: Elements, shape: Shape, top: Fields, inner: Fields) -> Iterator[list[Row]]:
    """The rows by so many, or by so much text."""
    held: list[Row] = []
    size = 0
    for element, length in elements:
        top.see(element)
        size += length + _inherited(element, shape, elements.count)
        for row in exploded(element, shape.nested, inner):
            held.append(row)
            if len(held) == MOST_ROWS:
                yield held
                held, size = [], 0
        if held and size >= LARGEST:
            yield held
            held, size = [], 0
    if held:
        yield held


def exploded(element: Any, nested: str, fields: Fields | None = None) -> Iterator[Row]:
    """The rows of a table in an element. fields: what to tell of the fields of nested rows."""
    if not nested:
        yield (element, NOTHING) if isinstance(element, dict) else None
        return
    is_sound = isinstance(element, dict)
    for listed in _lists(element, nested):
        is_list = isinstance(listed, list)
        for row in listed if is_list else [listed]:
            if fields and is_list:
                fields.see(row)
            yield (row, element) if is_sound and is_list and isinstance(row, dict) else None


def _lists(element: Any, nested: str) -> list[Any]:
    """What an element has under the name of a nested list, more than once where it is named twice; null is nothing."""
    if isinstance(element, Doubled):
        return [value for name, value in element.pairs if name == nested and value is not None]
    listed = element.get(nested) if isinstance(element, dict) else None
    return [] if listed is None else [listed]


def _inherited(element: Any, shape: Shape, number: int) -> int:
    """Characters that the rows of an element take from it, each anew: a small file may not unfold to a large table."""
    if not shape.of_element or not isinstance(element, dict) or not isinstance(rows := element.get(shape.nested), list):
        return 0
    shared = [element.get(name) for name in shape.of_element]
    size = len(rows) * sum(len(value) for value in shared if isinstance(value, str))
    if size > LARGEST:
        raise Refused(reason("JSON-READ", f"element {number + 1} unfolds to too much"))
    return size


def _block(rows: list[Row], shape: Shape, done: int) -> Block:
    """Rows as columns. `done`: rows before them."""
    is_wrong = np.array([row is None for row in rows], dtype=np.bool_)
    cells = {}
    for name, path in shape.paths.items():
        level, field = (1, path.removeprefix(OF_ELEMENT)) if path.startswith(OF_ELEMENT) else (0, path)
        cells[name] = _texts([row[level].get(field) if row else None for row in rows], is_wrong, done)
    if is_wrong.any():
        mask = pa.array(is_wrong)
        cells = {name: pc.if_else(mask, pa.scalar(None, pa.string()), column) for name, column in cells.items()}
    return Block(cells, is_wrong)


def _texts(values: list[Any], is_wrong: Bools, done: int) -> Any:
    """Values as texts, true as 1 and false as 0; a row with a list or an object in place of one is marked as wrong."""
    if any(value is not None and not isinstance(value, str) for value in values):
        is_wrong |= np.array([isinstance(value, dict | list | Doubled) for value in values], dtype=np.bool_)
        values = [_text(value) for value in values]
    try:
        cells = without_empty(pa.array(values, pa.string()))
    except UnicodeEncodeError:
        raise Refused(reason("JSON-READ", f"half a character behind row {done}")) from None
    if extremes(cells)[1] >= LEAD_OF_REPLACEMENT and pc.any(pc.match_substring(cells, "\ufffd")).as_py():
        raise Refused(reason("DEC-REPLACEMENT", f"behind row {done}"))
    return cells


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else None


def rows_of_elements(elements: Iterable[tuple[Any, int]], nested: str) -> Iterator[int]:
    """The number of the element, from 1, that each row of a table is in."""
    for number, (element, _) in enumerate(elements, 1):
        yield from (number for _ in exploded(element, nested))
