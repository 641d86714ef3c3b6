"""What each dialect may write for each code: staging joins it, and so does the check of a delivery.

It comes in two forms. `crosswalk` has a row per dialect, list and written form. `lookup` has a row per dialect, with a map
for each short list: a row of data finds all its short codes by one join.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from warehouse_models import codes, dialect
from warehouse_models.codes import Crossing

MEANING = ("code", "valid_from", "valid_to", "misspelling")
SHORT = 64  # Written forms of a list up to which going through them is as quick as a join.
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("dialect", "list", "written", "code")),
        *((name, pa.date32()) for name in ("valid_from", "valid_to")),
        ("misspelling", pa.int32()),
    ]
)


@cache
def crosswalk_table() -> pa.Table:
    """One row per dialect, list and written form: the code that is meant, while it is, and whether it is misspelled."""
    rows = [row for name in dialect.names() for listed in codes.names() for row in _crossings(name, listed)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@cache
def short_lists() -> frozenset[str]:
    """Code lists that are in `lookup`: those of few written forms in every dialect."""
    sizes = Counter((row["dialect"], row["list"]) for row in crosswalk_table().select(["dialect", "list"]).to_pylist())
    return frozenset(codes.names()) - {listed for (_, listed), size in sizes.items() if size > SHORT}


@cache
def lookup_table() -> pa.Table:
    """One row per dialect, and a column per short list: a map from the written form to what it means."""
    meaning = pa.struct([SCHEMA.field(name) for name in MEANING])
    schema = pa.schema(
        [SCHEMA.field("dialect"), *((name, pa.map_(pa.string(), meaning)) for name in sorted(short_lists()))]
    )
    rows: dict[str, dict[str, Any]] = {
        name: {"dialect": name} | {listed: [] for listed in short_lists()} for name in dialect.names()
    }
    for row in crosswalk_table().to_pylist():
        if row["list"] in short_lists():
            rows[row["dialect"]][row["list"]].append((row["written"], {name: row[name] for name in MEANING}))
    return pa.Table.from_pylist(list(rows.values()), schema=schema)


def _crossings(name: str, listed: str) -> Iterator[dict[str, str | date | int | None]]:
    """A dialect's own codes where it has them, else the list's; then known misspellings of either.

    A written form is valid while both the code and the vendor's use of it are.
    """
    standard = {code.code: code for code in codes.load(listed).rows}
    own = dialect.load(name).crosswalk(listed)
    crossings = own or tuple(Crossing(code, code, row.valid_from, row.valid_to) for code, row in standard.items())
    written = {crossing.written for crossing in crossings}
    slips = [
        Crossing(slip.written, slip.meant, standard[slip.meant].valid_from, standard[slip.meant].valid_to)
        for slip in codes.misspellings()
        if slip.list == listed and slip.written not in written
    ]
    for crossing in (*crossings, *slips):
        code = standard[crossing.code]
        yield {
            "dialect": name,
            "list": listed,
            "written": crossing.written,
            "code": crossing.code,
            "valid_from": max(crossing.valid_from, code.valid_from),
            "valid_to": min((day for day in (crossing.valid_to, code.valid_to) if day), default=None),
            "misspelling": int(crossing.written not in written),
        }
