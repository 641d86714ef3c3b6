"""The rows of a CSV file as text columns, block by block, with no row lost: a row that does not fit becomes an empty
one in its place, marked."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from jobs.landing.arrays import Bools
from jobs.landing.decode import CHUNK
from jobs.landing.refusals import Refused, reason

BOM = "\ufeff".encode()
LONGEST_HEADER = 1024 * 1024
BLOCK = 2 * CHUNK


@dataclass(frozen=True)
class Header:
    """The first line of a file: its cells, trimmed, and whether a byte-order mark stood before it."""

    cells: tuple[str, ...]
    has_bom: bool


@dataclass(frozen=True)
class Block:
    """Some rows in a line: a text array a column, and which rows had a wrong number of cells (all theirs are null)."""

    cells: dict[str, Any]
    is_ragged: Bools


def split_header(texts: Iterator[bytes], delimiter: str) -> tuple[Header, Iterator[bytes]]:
    """The header, and the text after it. A file without a line has a header without cells."""
    first = next(texts, b"")
    while first.find(b"\n") < 0 and len(first) < LONGEST_HEADER and (more := next(texts, None)) is not None:
        first += more
    has_bom = first.startswith(BOM)
    line, _, rest = first.removeprefix(BOM).partition(b"\n")
    return Header(_cells(line.decode(), delimiter), has_bom), _without_empty_lines(chain([rest], texts))


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cells in csv.reader([line], delimiter=delimiter) for cell in cells)
    except csv.Error:  # No header at all, such as a line of megabytes.
        return ()


def _without_empty_lines(texts: Iterator[bytes]) -> Iterator[bytes]:
    """The text without the empty lines at its beginning; nothing when there is nothing else."""
    waiting = True
    for text in texts:
        if waiting:
            text = text.lstrip(b"\r\n")
            waiting = not text
        if text:
            yield text


def blocks(texts: Iterator[bytes], names: Sequence[str], delimiter: str) -> Iterator[Block]:
    """The rows behind the header under these column names, block by block; empty cells are null, empty lines no rows.

    Raises Refused (CSV-READ) where a quoted cell does not end within a block of 8 MB.
    """
    first = next(texts, None)
    if first is None:
        return
    ragged: deque[int] = deque()
    done = 0
    try:
        for batch in _reader(chain([first], texts), names, delimiter, ragged):
            block = _with_ragged(batch, done, ragged)
            done += len(block.is_ragged)
            yield block
    except pa.ArrowInvalid:
        raise Refused(reason("CSV-READ", f"after row {done}")) from None
    if ragged:
        empty = {name: pa.nulls(len(ragged), pa.string()) for name in names}
        yield Block(empty, np.ones(len(ragged), dtype=np.bool_))


def _reader(texts: Iterator[bytes], names: Sequence[str], delimiter: str, ragged: deque[int]) -> Any:
    """Arrow's reader; it notes the numbers of rows with a wrong number of cells, from 1, and leaves them out."""

    def note(row: Any) -> str:
        ragged.append(row.number)
        return "skip"

    return arrow_csv.open_csv(
        pa.PythonFile(_Stream(texts), mode="r"),
        read_options=arrow_csv.ReadOptions(column_names=list(names), use_threads=False, block_size=BLOCK),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # The text was decoded strictly before.
        ),
    )


def _with_ragged(batch: Any, done: int, ragged: deque[int]) -> Block:
    """A batch of good rows with the ragged ones put back in their places. `done`: rows before the batch."""
    end = done + batch.num_rows
    wrong = []
    while ragged and ragged[0] <= end:
        wrong.append(ragged.popleft() - done - 1)
        end += 1
    is_ragged = np.zeros(end - done, dtype=np.bool_)
    is_ragged[wrong] = True
    cells = dict(zip(batch.schema.names, batch.columns, strict=True))
    if wrong:
        places = pa.array(np.cumsum(~is_ragged) - 1, mask=is_ragged)
        cells = {name: column.take(places) for name, column in cells.items()}
    return Block(cells, is_ragged)


class _Stream:
    """Chunks of bytes as the file that Arrow reads from."""

    closed = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end. Arrow takes a block without a whole row for a fault of the file."""
        parts, have = [self._left], len(self._left)
        while have < size and (chunk := next(self._chunks, b"")):
            parts.append(chunk)
            have += len(chunk)
        content = b"".join(parts)
        self._left = content[size:]
        return content[:size]
