"""What each kind of file holds, layer by layer. A file is known by what it begins with, a text by its name."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from tests.canaries import blocks, databases, parquet, texts
from tests.canaries.search import Buffer, Search

JSON_NAMES = (".json", ".jsonl", ".crc", ".ipynb")
HTML_NAMES = (".html", ".htm", ".xml", ".svg")
UNREADABLE = (pa.ArrowException, duckdb.Error, sqlite3.Error, zlib.error, ValueError, IndexError, KeyError, OSError)


@dataclass(frozen=True)
class Content:
    """Bytes under a name. path: the file, where it is one; None for what was unpacked from another."""

    name: str
    data: Buffer
    path: Path | None

    def begins(self, *magics: bytes) -> bool:
        """Whether the bytes begin so."""
        return any(bytes(memoryview(self.data)[: len(magic)]) == magic for magic in magics)

    def ends(self, endings: tuple[str, ...]) -> bool:
        """Whether the name ends so; a temporary name ends in a number, and a dot before it."""
        return self.name.lower().rstrip("0123456789.").endswith(endings)


Decode: TypeAlias = Callable[[Search, Content], set[str]]
Unpack: TypeAlias = Callable[[Content], Iterator[bytes]]


def is_parquet(content: Content) -> bool:
    """Whether the content is a Parquet file; a checksum of Hadoop's beside it is none."""
    return content.begins(parquet.MAGIC) or (content.ends((".parquet",)) and len(memoryview(content.data)) > 0)


def is_json(content: Content) -> bool:
    """Whether the content is JSON. Hadoop's checksums bear the name that Delta gives to JSON."""
    return content.ends(JSON_NAMES) and not content.begins(b"crc\0")


def _is_duckdb(content: Content) -> bool:
    return content.path is not None and bytes(memoryview(content.data)[8:12]) == databases.DUCKDB


def _is_sqlite(content: Content) -> bool:
    return content.path is not None and content.begins(databases.SQLITE)


def _in_duckdb(search: Search, content: Content) -> set[str]:
    return databases.found_in_duckdb(search, content.path) if content.path else set()


def _in_sqlite(search: Search, content: Content) -> set[str]:
    return databases.found_in_sqlite(search, content.path) if content.path else set()


# Layer -> which contents have it, and what is found in it.
DECODERS: dict[str, tuple[Callable[[Content], bool], Decode]] = {
    "name": (lambda _: True, lambda search, content: search.found_in(unquote(content.name).encode())),
    "bytes": (lambda _: True, lambda search, content: search.found_in(content.data)),
    "JSON": (is_json, lambda search, content: search.found_in_all(texts.json_texts(bytes(content.data)))),
    "HTML": (
        lambda content: content.ends(HTML_NAMES),
        lambda search, content: search.found_in_all(texts.html_texts(bytes(content.data))),
    ),
    "Parquet values": (is_parquet, lambda search, content: parquet.found_in_values(search, content.data)),
    "Parquet dictionaries": (is_parquet, lambda search, content: parquet.found_in_dictionaries(search, content.data)),
    "Parquet footer": (is_parquet, lambda search, content: parquet.found_in_footer(search, content.data)),
    "DuckDB": (_is_duckdb, _in_duckdb),
    "SQLite": (_is_sqlite, _in_sqlite),
}
# Layer -> which contents have it, and what they hold, to be decoded in turn.
UNPACKERS: dict[str, tuple[Callable[[Content], bool], Unpack]] = {
    "gzip": (lambda content: content.begins(blocks.GZIP), lambda content: blocks.gzip_members(bytes(content.data))),
    "zstd": (
        lambda content: not is_parquet(content),
        lambda content: blocks.zstd_frames(bytes(content.data)),
    ),
    "LZ4": (
        lambda content: not is_parquet(content),
        lambda content: blocks.lz4_blocks(bytes(content.data)),
    ),
}
LAYERS = frozenset({*DECODERS, *UNPACKERS})


@dataclass(frozen=True)
class Seen:
    """What came of one layer of a file: what was found there, or why it could not be read."""

    layer: str
    found: frozenset[str]
    unreadable: str = ""


def look_into(search: Search, content: Content, layers: frozenset[str] = LAYERS, depth: int = 3) -> Iterator[Seen]:
    """Search a content and what is packed in it."""
    for layer, (has, decode) in DECODERS.items():
        if layer in layers and has(content):
            try:
                yield Seen(layer, frozenset(decode(search, content)))
            except UNREADABLE as error:
                yield Seen(layer, frozenset(), type(error).__name__)
    for layer, (has, unpack) in UNPACKERS.items():
        if layer in layers and depth and has(content):
            yield from _look_into_packed(search, content, layer, unpack, layers, depth)


def _look_into_packed(
    search: Search, content: Content, layer: str, unpack: Unpack, layers: frozenset[str], depth: int
) -> Iterator[Seen]:
    """Search what a content holds: piece by piece as it is, and, put together, as the file it may be."""
    try:
        unpacked = b"".join(unpack(content))
    except UNREADABLE as error:
        yield Seen(layer, frozenset(), type(error).__name__)
        return
    if unpacked:
        inner = Content(content.name.removesuffix(".gz").removesuffix(".zst"), unpacked, None)
        for seen in look_into(search, inner, layers - {"name"}, depth - 1):
            yield Seen(f"{layer}: {seen.layer}", seen.found, seen.unreadable)
