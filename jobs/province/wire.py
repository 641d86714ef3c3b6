"""Files as a point offers them, with the mistakes that points make."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from jobs.province.dialect import Dialect
from jobs.province.draws import Ints
from jobs.province.text import distinct
from warehouse_models.contract import ExchangeTable, Type

AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")


@dataclass(frozen=True)
class Cell:
    """A cell as written, whatever the row says: row number in the file from 0, column, text."""

    row: int
    column: str
    text: str | None


@dataclass(frozen=True)
class Twist:
    """What is odd about one file. Nothing by default.

    reordered, bom: landing mends it and counts.   missing, renamed, unknown, broken_byte: the delivery is refused.
    long_rows: rows with a cell too many, in JSON with a field that is named twice.   cells: cells written otherwise than the row says.
    """

    bom: bool = False
    reordered: bool = False
    missing: str | None = None
    renamed: str | None = None
    unknown: bool = False
    broken_byte: bool = False
    long_rows: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()


PLAIN = Twist()


def render(table: ExchangeTable, rows: pa.Table, dialect: Dialect, twist: Twist = PLAIN) -> bytes:
    """The bytes of one file: canonical rows in the dialect, with the file's twist.

    Which columns the file has follows from the rows: those of the table, or those of a deletion.
    """
    written = [(header, cells) for header, _, cells in written_columns(table, rows, dialect, twist)]
    return encoded(_csv(written, dialect.declared.delimiter), dialect, twist)


def written_columns(
    table: ExchangeTable, rows: pa.Table, dialect: Dialect, twist: Twist = PLAIN
) -> list[tuple[str, Type, Any]]:
    """Header, type and cells of each column of a file, as the vendor writes them, with what is odd about columns."""
    columns = table.columns if len(rows.column_names) == len(table.columns) else table.deletion_columns
    headers = dialect.declared.headers(table, columns)
    if twist.renamed:
        headers[twist.renamed] += "_1"
    written = [
        (headers[column.name], column.type, _overlaid(dialect.cells(column, rows[column.name]), column.name, twist))
        for column in columns
        if column.name != twist.missing
    ]
    if twist.unknown:
        written.append(("BZ1", Type.TEXT, pa.nulls(len(rows), pa.string())))
    return written[1::2] + written[::2] if twist.reordered else written


def spread(rows: pa.Table, files: int) -> list[pa.Table]:
    """The rows in so many parts, as far as there are rows."""
    count = max(1, min(files, len(rows)))
    edges = [len(rows) * part // count for part in range(count + 1)]
    return [rows.slice(begin, end - begin) for begin, end in pairwise(edges)]


def _overlaid(array: Any, name: str, twist: Twist) -> Any:
    changes = {cell.row: cell.text for cell in twist.cells if cell.column == name}
    if not changes:
        return array
    return pa.array([changes.get(row, value) for row, value in enumerate(array.to_pylist())], pa.string())


def _csv(written: Sequence[tuple[str, Any]], delimiter: str) -> bytes:
    """Lines without quotes where no cell needs them; otherwise every text of the file is quoted."""
    headers = [header for header, _ in written]
    table = pa.table([array for _, array in written], names=[str(number) for number in range(len(headers))])
    try:
        lines = _lines(table, delimiter, "none")
    except pa.ArrowInvalid:
        lines = _lines(table, delimiter, "needed")
    return delimiter.join(headers).encode() + b"\n" + lines


def _lines(table: pa.Table, delimiter: str, quoting: str) -> bytes:
    stream = io.BytesIO()
    options = csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=quoting, batch_size=65_536)
    csv.write_csv(table, stream, options)
    return stream.getvalue()


def encoded(content: bytes, dialect: Dialect, twist: Twist) -> bytes:
    """UTF-8 text as the dialect's bytes, with the twists that concern bytes."""
    if twist.long_rows and dialect.declared.delimiter:
        lines = content.split(b"\n")
        for row in twist.long_rows:
            lines[row + 1] += dialect.declared.delimiter.encode() + b"1"
        content = b"\n".join(lines)
    if twist.bom:
        content = "\ufeff".encode() + content
    if dialect.encoding != "UTF-8":
        content = content.decode().encode(dialect.encoding)
    if twist.broken_byte:
        content = content[:-1] + b"\xff\n"  # No character of UTF-8 or GB18030 has this byte.
    return gzip.compress(content, compresslevel=4, mtime=0) if dialect.is_compressed else content


def fens(amounts: Any) -> Ints:
    """Canonical amounts in fen; a cell that is not money counts 0."""
    plain = pc.all(pc.match_substring_regex(amounts, r"^-?\d+\.\d\d$"), skip_nulls=False).as_py()
    if plain:
        return np.asarray(pc.cast(pc.replace_substring(amounts, ".", ""), pa.int64()).to_numpy(), dtype=np.int64)
    counted = distinct(amounts, lambda cell: str(int(Decimal(cell) * 100)) if AMOUNT.fullmatch(cell) else "0")
    filled = pc.cast(pc.fill_null(counted, "0"), pa.int64())
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)
