"""What must become of every delivered row once all nights are taken: an independent statement of the rules.

A correction, deletion or full outranks increments of lower sequence whatever its stamp; against increments of higher
sequence, and among increments, the later version wins, then the higher sequence. A row whose parent is not there waits,
and so do its own children.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
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


def resolve(delivered: Mapping[str, list[Delivered]]) -> dict[str, pd.DataFrame]:
    """Per table a line for each delivered row: delivery, row, fate, fen, unpriced. All deliveries are of one point."""
    known: dict[str, set[str]] = {}
    fates = {}
    for name in TABLES:
        if name not in delivered:
            known[name] = set()
            continue
        frame = pd.concat([_frame(name, each) for each in delivered[name]], ignore_index=True)
        waits = _waits(name, frame, known) & frame["fate"].isna() & (frame["kind"] != "deletion")
        frame.loc[waits, "fate"] = "waiting"
        is_open = frame["fate"].isna()
        known[name] = set(frame.loc[is_open & (frame["kind"] != "deletion"), "key"])
        frame.loc[is_open, "fate"] = _winners(frame[is_open])
        fates[name] = frame[["delivery", "row", "fate", "fen", "unpriced"]]
    return fates


def _frame(name: str, delivered: Delivered) -> pd.DataFrame:
    table, rows = TABLES[name], delivered.rows
    fen, unpriced = _money(name, delivered)
    columns = {
        "delivery": delivered.delivery,
        "sequence": delivered.sequence,
        "kind": delivered.kind,
        "row": range(len(rows)),
        "key": _joined(rows, table.key),
        "stamp": rows[table.version].to_pylist(),
        "fen": fen,
        "unpriced": unpriced,
        "fate": [delivered.states.get(row) for row in range(len(rows))],
    }
    for place, parent in enumerate(table.parents):
        columns[f"parent_{place}"] = None if delivered.kind == "deletion" else _joined(rows, parent.columns)
    return pd.DataFrame(columns).astype({"fate": object})


def _joined(rows: pa.Table, columns: tuple[str, ...]) -> list[str | None]:
    """The cells of some columns as one text; none where one is empty."""
    joined = pc.binary_join_element_wise(*(rows[column].combine_chunks() for column in columns), SEPARATOR)
    cells: list[str | None] = joined.to_pylist()
    return cells


def _money(name: str, delivered: Delivered) -> tuple[list[int], list[int]]:
    amount = TABLES[name].amount
    if amount is None or delivered.kind == "deletion":
        return [0] * len(delivered.rows), [0] * len(delivered.rows)
    cells = delivered.rows[amount]
    unpriced = [int(cell is None or not AMOUNT.fullmatch(cell)) for cell in cells.to_pylist()]
    return [int(fen) for fen in fens(cells)], unpriced


def _waits(name: str, frame: pd.DataFrame, known: Mapping[str, set[str]]) -> pd.Series:
    """Rows with a parent that is not known; an empty reference waits for nothing."""
    waits = pd.Series(False, index=frame.index)
    for place, parent in enumerate(TABLES[name].parents):
        keys = frame[f"parent_{place}"]
        waits |= keys.notna() & ~keys.isin(known[parent.table])
    return waits


def _winners(frame: pd.DataFrame) -> pd.Series:
    """Fates of rows that are neither set aside nor waiting: one of each key stands, the others are superseded."""
    fence = frame["sequence"].where(frame["kind"].isin(FENCES), 0).groupby(frame["key"]).transform("max")
    ranked = frame[frame["sequence"] >= fence].sort_values(["key", "stamp", "sequence"])
    standing = ranked.drop_duplicates("key", keep="last")
    fates = pd.Series("superseded", index=frame.index, dtype=object)
    fates[standing.index] = standing["kind"].map(lambda kind: "deleted" if kind == "deletion" else "accepted")
    return fates
