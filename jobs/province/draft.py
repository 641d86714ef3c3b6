"""Deliveries before they are written: clean rows, and beside them everything that is wrong with them on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.province.catalogue import TABLES
from jobs.province.draws import Ints

Row = dict[str, str | None]


@dataclass(frozen=True)
class Edit:
    """A cell that is written otherwise than the clean row says. is_raw: `text` is what stands in the file, in the
    vendor's own way of writing; otherwise it is canonical text that the dialect still turns into its own."""

    table: str
    row: int
    column: str
    text: str | None
    is_raw: bool = False


@dataclass(frozen=True)
class Fault:
    """Something odd about a row, a file or a delivery, and what must become of it.

    kind: what was done.   row: from 0 in the delivery's table; None for a file or delivery.   column: "" for a row.
    fate: after all nights.   reason: code or name of the repair.   first: fate on the first night, where it differs.
    """

    kind: str
    fate: str
    reason: str = ""
    table: str | None = None
    row: int | None = None
    column: str = ""
    first: str = ""


@dataclass
class Draft:
    """A delivery in the making. night: number of the business date.   late: nights between making and offering.

    twists: per table the field of `Twist` that is set.   refusal: for what it is refused when first offered, or "".
    again: nights after which it is offered a second time, -1 for never.
    """

    night: int
    kind: str
    tables: dict[str, pa.Table]
    edits: list[Edit] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    long_rows: list[tuple[str, int]] = field(default_factory=list)
    twists: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    late: int = 0
    again: int = -1

    def append(self, name: str, rows: Sequence[Row]) -> int:
        """Add clean rows at the end of a table; number of the first of them."""
        added = table_of(name, rows, self.kind == "deletion")
        before = self.tables.get(name)
        self.tables[name] = added if before is None else pa.concat_tables([before, added])
        return 0 if before is None else len(before)


def table_of(name: str, rows: Sequence[Mapping[str, Any]], is_deletion: bool = False) -> pa.Table:
    """Rows as a table with the columns of the contract, in its order."""
    columns = TABLES[name].deletion_columns if is_deletion else TABLES[name].columns
    cells = {column.name: [row.get(column.name) for row in rows] for column in columns}
    return pa.table({column: pa.array(values, pa.string()) for column, values in cells.items()})


def complete(name: str, rows: pa.Table) -> pa.Table:
    """A table with the columns of the contract, in its order; those that it lacks are empty."""
    cells = {
        column.name: rows[column.name] if column.name in rows.column_names else pa.nulls(len(rows), pa.string())
        for column in TABLES[name].columns
    }
    return pa.table(cells).combine_chunks()


def take(table: pa.Table, rows: Any) -> pa.Table:
    """The rows of the given numbers."""
    return table.take(pa.array(np.asarray(rows, dtype=np.int64)))


def with_cells(table: pa.Table, row: int, cells: Row) -> pa.Table:
    """The table with some cells of a row changed."""
    for name, cell in cells.items():
        values = table[name].to_pylist()
        values[row] = cell
        table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.string()))
    return table


def without(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    """All rows but those of the given numbers."""
    return take(table, np.setdiff1d(np.arange(len(table)), np.asarray(rows, dtype=np.int64)))


def rows_where(table: pa.Table, column: str, values: set[str]) -> Ints:
    """Numbers of the rows whose cell is one of the values."""
    cells = table[column].to_pylist()
    return np.array([row for row, cell in enumerate(cells) if cell in values], dtype=np.int64)


def dicts(table: pa.Table, rows: Any) -> list[Row]:
    """Rows of the given numbers as dictionaries."""
    found: list[Row] = take(table, rows).to_pylist()
    return found
