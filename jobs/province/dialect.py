"""A point's dialect as the generator writes it: the inverse of what landing and staging read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.province.text import distinct
from warehouse_models import dialect as declared
from warehouse_models.contract import Column, ExchangeTable, Type

STANDARD_TIME, STANDARD_DATE = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"
# Where the parts of a standard time stand.
PARTS = {"%Y": (0, 4), "%m": (5, 7), "%d": (8, 10), "%H": (11, 13), "%M": (14, 16), "%S": (17, 19)}


@dataclass(frozen=True)
class Dialect:
    """A declared dialect, and for each of its code lists what the vendor writes for a standard code."""

    declared: declared.Dialect
    written: Mapping[str, Mapping[str, str]]

    @property
    def encoding(self) -> str:
        """Encoding of the files."""
        return self.declared.encoding

    @property
    def is_compressed(self) -> bool:
        """Whether files are gzip."""
        return self.declared.compression == "gzip"

    def file(self, table: ExchangeTable, part: str = "") -> str:
        """Name of a table's file, or of one part of it."""
        return f"{self.declared.file(table)}{part}.{self.declared.format}{'.gz' if self.is_compressed else ''}"

    def cells(self, column: Column, canonical: Any) -> Any:
        """A column of canonical text as the vendor writes it; what is not well formed passes unchanged."""
        if column.type is Type.TIME and self.declared.time != STANDARD_TIME:
            return _reshaped(canonical, self.declared.time, 19)
        if column.type is Type.DATE and self.declared.date != STANDARD_DATE:
            return _reshaped(canonical, self.declared.date, 10)
        if self.declared.money == "fen" and (column.type is Type.MONEY or column.name == "unit_price"):
            return distinct(canonical, _in_fen)
        codes = self.written.get(column.codes or "")
        return distinct(canonical, lambda cell: codes.get(cell, cell)) if codes else canonical


@cache
def dialect(name: str) -> Dialect:
    """The dialect of that name. Where the vendor writes a code in several ways, the generator uses the first."""
    found = declared.load(name)
    written: dict[str, dict[str, str]] = {}
    for list_name in found.codes:
        ways = written.setdefault(list_name, {})
        for crossing in found.crosswalk(list_name):
            if crossing.valid_to is None:
                ways.setdefault(crossing.code, crossing.written)
    return Dialect(found, written)


def _reshaped(canonical: Any, shape: str, length: int) -> Any:
    """Times and dates of the standard's shape in another one."""
    pieces: list[Any] = []
    rest = shape
    while rest:
        if rest[:2] in PARTS:
            pieces.append(pc.utf8_slice_codeunits(canonical, *PARTS[rest[:2]]))
            rest = rest[2:]
        else:
            pieces.append(pa.scalar(rest[0], pa.string()))
            rest = rest[1:]
    return pc.if_else(pc.equal(pc.utf8_length(canonical), length), pc.binary_join_element_wise(*pieces, ""), canonical)


def _in_fen(cell: str) -> str:
    """Yuan as fen, with the decimals that remain; a cell that is no number stays."""
    sign, number = ("-", cell[1:]) if cell.startswith("-") else ("", cell)
    yuan, _, rest = number.partition(".")
    if not (yuan.isdecimal() and yuan.isascii() and (not rest or (rest.isdecimal() and rest.isascii()))):
        return cell
    fen = (yuan + rest[:2].ljust(2, "0")).lstrip("0") or "0"
    tail = rest[2:].rstrip("0")
    return sign + fen + (f".{tail}" if tail else "")


def file_columns(table: ExchangeTable, is_deletion: bool) -> tuple[Column, ...]:
    """The columns that a file of the table has, in the standard's order."""
    return table.deletion_columns if is_deletion else table.columns
