"""What must become of every delivered row once all nights are taken: an independent statement of the rules.

A correction, deletion or full outranks increments of lower sequence whatever its stamp; against increments of higher
sequence, and among increments, the later version wins, then the higher sequence. A row whose parent is not there waits,
and so do its own children.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.province.catalogue import TABLES
from jobs.province.wire import AMOUNT, fens

SEPARATOR = "\x1f"
FENCES = ("correction", "deletion", "full")


@dataclass(frozen=True)
class Delivered:
    """Rows of one table in one delivery, as canonical text. states: row -> quarantined or repeated, where known."""

    delivery: int
    sequence: int
    kind: str
    rows: pa.Table
    states: Mapping[int, str]


@dataclass(frozen=True)
class Resolved:
    """What became of the rows of one table in one delivery, in their order. unpriced: amounts that are not money."""

    delivery: int
    fates: list[str]
    fen: list[int]
    unpriced: int

    def rows(self, fate: str) -> list[int]:
        """Numbers of the rows that met a fate."""
        return [row for row, each in enumerate(self.fates) if each == fate]


def resolve(delivered: Mapping[str, Sequence[Delivered]]) -> dict[str, list[Resolved]]:
    """Per table the fates of all deliveries' rows. All deliveries are of one point."""
    known: dict[str, set[str]] = {}
    resolved: dict[str, list[Resolved]] = {}
    for name in TABLES:
        each_open = [_open_rows(name, each, known) for each in delivered.get(name, ())]
        known[name] = {
            key
            for each, rows in zip(delivered.get(name, ()), each_open, strict=True)
            if each.kind != "deletion"
            for key in rows
        }
        standing = _standing(name, list(zip(delivered.get(name, ()), each_open, strict=True)))
        resolved[name] = [
            _resolved(name, each, rows, standing) for each, rows in zip(delivered.get(name, ()), each_open, strict=True)
        ]
    return resolved


def _open_rows(name: str, delivered: Delivered, known: Mapping[str, set[str]]) -> dict[str, int]:
    """Key -> row of those that are neither set aside nor repeated nor waiting for a parent."""
    keys = _joined(delivered.rows, TABLES[name].key)
    parents = () if delivered.kind == "deletion" else TABLES[name].parents
    references = [(_joined(delivered.rows, parent.columns), known[parent.table]) for parent in parents]
    return {
        str(key): row
        for row, key in enumerate(keys)
        if row not in delivered.states and all(cells[row] is None or cells[row] in there for cells, there in references)
    }


def _joined(rows: pa.Table, columns: tuple[str, ...]) -> list[str | None]:
    """The cells of some columns as one text; none where one is empty."""
    cells: Any = pc.binary_join_element_wise(*(rows[column].combine_chunks() for column in columns), SEPARATOR)
    return list(cells.to_pylist())


def _standing(name: str, delivered: Sequence[tuple[Delivered, Mapping[str, int]]]) -> set[tuple[int, int]]:
    """(delivery, row) of the version of each key that stands."""
    fences: dict[str, int] = {}
    for each, rows in delivered:
        if each.kind in FENCES:
            fences.update({key: max(each.sequence, fences.get(key, 0)) for key in rows})
    best: dict[str, tuple[str, int, int, int]] = {}
    for each, rows in delivered:
        stamps = each.rows[TABLES[name].version].to_pylist()
        for key, row in rows.items():
            version = (stamps[row], each.sequence, each.delivery, row)
            if each.sequence >= fences.get(key, 0) and version > best.get(key, ("", 0, 0, 0)):
                best[key] = version
    return {(delivery, row) for _, _, delivery, row in best.values()}


def _resolved(
    name: str, delivered: Delivered, open_rows: Mapping[str, int], standing: set[tuple[int, int]]
) -> Resolved:
    wins = "deleted" if delivered.kind == "deletion" else "accepted"
    fates = [delivered.states.get(row, "waiting") for row in range(len(delivered.rows))]
    for row in open_rows.values():
        fates[row] = wins if (delivered.delivery, row) in standing else "superseded"
    fen, unpriced = _money(name, delivered)
    return Resolved(delivered.delivery, fates, fen, unpriced)


def _money(name: str, delivered: Delivered) -> tuple[list[int], int]:
    amount = TABLES[name].amount
    if amount is None or delivered.kind == "deletion":
        return [0] * len(delivered.rows), 0
    cells = delivered.rows[amount]
    unpriced = sum(cell is None or not AMOUNT.fullmatch(cell) for cell in cells.to_pylist())
    return fens(cells).tolist(), unpriced
