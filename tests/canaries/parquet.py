"""Parquet: the values of every column, the dictionary pages as they lie in the file, and everything in the footer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from tests.canaries.arrays import found_in_arrays
from tests.canaries.search import Buffer, Search

MAGIC = b"PAR1"
ROWS = 200_000
DICTIONARY_PAGE = 2
Struct: TypeAlias = dict[int, Any]


def found_in_values(search: Search, data: Buffer) -> set[str]:
    """What stands in the cells. Raises pa.ArrowException for a file that is not whole."""
    names = pq.ParquetFile(pa.BufferReader(data)).schema
    texts = [names.column(place).path for place in range(len(names))]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    found = set[str]()
    for batch in file.iter_batches(ROWS, use_threads=False):
        found |= found_in_arrays(search, batch.columns)
    return found


def found_in_dictionaries(search: Search, data: Buffer) -> set[str]:
    """What stands in the dictionary pages, referred to or not."""
    return search.found_in_all(dictionary_pages(data))


def found_in_footer(search: Search, data: Buffer) -> set[str]:
    """What stands in statistics, in the names of columns, and in what the writer added about the file."""
    said = pq.ParquetFile(pa.BufferReader(data)).metadata
    texts = [part for pair in (said.metadata or {}).items() for part in pair]
    texts += [decoded for text in texts for decoded in _from_base64(text)]
    texts += [str(said.schema).encode(), (said.created_by or "").encode()]
    bounds = [bound for column in _columns(said) for bound in _bounds(column)]
    texts += [bound if isinstance(bound, bytes) else str(bound).encode() for bound in bounds]
    return search.found_in_all(texts)


def dictionary_pages(data: Buffer) -> Iterator[Buffer]:
    """The dictionary pages, unpacked."""
    view = memoryview(data).cast("B")
    for column in _columns(pq.ParquetFile(pa.BufferReader(data)).metadata):
        offsets = (column.dictionary_page_offset, column.data_page_offset)
        begin = min(offset for offset in offsets if offset)  # Some writers do not say where the dictionary is.
        header, size = read_struct(view, begin)
        if header[1] != DICTIONARY_PAGE:
            continue
        page = view[begin + size : begin + size + header[3]]
        if column.compression == "UNCOMPRESSED":
            yield page
        else:
            yield pa.Codec(column.compression.lower()).decompress(page, decompressed_size=header[2])


def _columns(said: Any) -> Iterator[Any]:
    for group in range(said.num_row_groups):
        for place in range(said.num_columns):
            yield said.row_group(group).column(place)


def _bounds(column: Any) -> tuple[Any, ...]:
    """Smallest and largest value; as they lie in the file where they cannot be told apart by type."""
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return ()
    return statistics.min, statistics.max, statistics.min_raw, statistics.max_raw


def _from_base64(text: bytes) -> Iterator[bytes]:
    """Arrow keeps its own schema, and what is written beside it, in base64."""
    try:
        yield base64.b64decode(text, validate=True)
    except binascii.Error:
        return


def read_struct(view: memoryview, at: int) -> tuple[Struct, int]:
    """A struct of Thrift's compact protocol, by number of field, and its length. Whatever a page header can hold."""
    begin, found, number = at, Struct(), 0
    while view[at]:
        delta, kind = view[at] >> 4, view[at] & 15
        at += 1
        if delta:
            number += delta
        else:
            number, at = _zigzag(view, at)
        found[number], at = _value(view, at, kind)
    return found, at + 1 - begin


def _value(view: memoryview, at: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, at
    if kind in (4, 5, 6):
        return _zigzag(view, at)
    if kind == 8:
        length, at = _varint(view, at)
        return bytes(view[at : at + length]), at + length
    if kind == 12:
        inner, length = read_struct(view, at)
        return inner, at + length
    raise ValueError(f"no page header has a field of Thrift's type {kind}")


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = view[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _zigzag(view: memoryview, at: int) -> tuple[int, int]:
    value, at = _varint(view, at)
    return (value >> 1) ^ -(value & 1), at
