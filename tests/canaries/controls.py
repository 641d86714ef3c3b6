"""Planted controls: one identifier in every format and every encoding, to be found before the absence of any is believed."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import deltalake
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.canaries.blocks import LZ4, LZ4_HEADER, LZ4_PACKED

# Around an identifier there is always something: so that it never begins a file, a page or a line.
BEFORE, AFTER = b"a row of somebody, ", b" and so on\n"


def encodings(text: str) -> Iterator[tuple[str, bytes]]:
    """A text as a writer encodes it, within something longer."""
    for name in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        content = text.encode(name)
        yield name, BEFORE + content + AFTER
        yield f"{name}-hex", BEFORE + (b"\1\2" + content + b"\3").hex().encode() + AFTER
        yield f"{name}-upper-hex", BEFORE + (b"\1\2" + content + b"\3").hex().upper().encode() + AFTER
        for place in range(3):
            yield f"{name}-base64-{place}", BEFORE + base64.b64encode(b"\7" * place + content + b"\7") + AFTER
    yield "escapes", BEFORE + json.dumps(text).encode() + AFTER


def plant(folder: Path, text: str) -> dict[Path, str]:
    """Write the controls into an empty folder; file -> the layer in which its identifier must be found."""
    planted: dict[Path, str] = {}
    for name, content in encodings(text):
        for layer, write in WRITERS.items():
            planted[write(folder / f"{write.__name__[1:]}-{name}", content)] = layer
    for layer, write_text in TEXT_WRITERS:
        planted[write_text(folder / f"text-{write_text.__name__[1:]}", text)] = layer
    return planted


def plant_number(folder: Path, number: str) -> Path:
    """Write a column of numbers of which one is an identifier."""
    pq.write_table(pa.table({"phone": [1, int(number), 10**17]}), folder / "numbers.parquet")
    return folder / "numbers.parquet"


def _bytes(path: Path, content: bytes) -> Path:
    path = path.with_suffix(".log")
    path.write_bytes(content)
    return path


def _gzip(path: Path, content: bytes) -> Path:
    """Two members, the second of which has it."""
    path = path.with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(b"a first member\n" * 9) + gzip.compress(content))
    return path


def _zstd(path: Path, content: bytes) -> Path:
    path.write_bytes(b"an unpacked begin" + zstandard.compress(content * 9))
    return path


def _lz4(path: Path, content: bytes) -> Path:
    """Two blocks of a shuffle, the second of which has it."""
    blocks = []
    for block in (b"rows " * 99, content * 9):
        packed = pa.Codec("lz4_raw").compress(block, asbytes=True)
        blocks.append(LZ4_HEADER.pack(LZ4, LZ4_PACKED | 5, len(packed), len(block), 0) + packed)
    path.write_bytes(b"".join(blocks))
    return path


def _parquet(path: Path, content: bytes) -> Path:
    """A page of a nested column, without a dictionary, with neighbors on both sides that keep it out of the statistics."""
    path = path.with_suffix(".parquet")
    cells = pa.array([[{"cell": each}] for each in (b"\0" * 9, content, b"\xff" * 9)])
    pq.write_table(pa.table({"rows": cells}), path, compression="zstd", use_dictionary=False)
    return path


def _dictionary(path: Path, content: bytes) -> Path:
    """A value in the dictionary page that no row has."""
    path = path.with_suffix(".parquet")
    column = pa.DictionaryArray.from_arrays([0, 0, 2], pa.array([b"\0" * 9, content, b"\xff" * 9]))
    pq.write_table(pa.table({"cell": column}), path, compression="zstd", store_schema=False)
    return path


def _footer(path: Path, content: bytes) -> Path:
    """Text that a writer adds about its file, beside Arrow's own schema."""
    path = path.with_suffix(".parquet")
    pq.write_table(pa.table({"cell": [1]}).replace_schema_metadata({"about": content}), path)
    return path


def _duckdb(path: Path, content: bytes) -> Path:
    path = path.with_suffix(".duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema s; create table s.t (number integer, cell struct(inside blob[]))")
        connection.execute("insert into s.t select 1, {'inside': [?::blob]} from range(5000)", [content])
    return path


def _sqlite(path: Path, content: bytes) -> Path:
    """In the middle of a cell so long that it lies on several pages."""
    path = path.with_suffix(".sqlite")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (cell)")
        connection.execute("insert into t values (?)", [b"." * 4000 + content * 200])
        connection.commit()
    return path


# Formats that carry any bytes.
WRITERS: Mapping[str, Callable[[Path, bytes], Path]] = {
    "bytes": _bytes,
    "gzip: bytes": _gzip,
    "zstd: bytes": _zstd,
    "LZ4: bytes": _lz4,
    "Parquet values": _parquet,
    "Parquet dictionaries": _dictionary,
    "Parquet footer": _footer,
    "DuckDB": _duckdb,
    "SQLite": _sqlite,
}


def _json(path: Path, text: str) -> Path:
    """Within JSON that stands in a text of JSON, with the escapes that hide it from a search of the bytes."""
    path = path.with_suffix(".json")
    pairs = text.encode("utf-16-be").hex(" ", 2).split()
    escaped = "".join(f"\\u{pair}" for pair in pairs)
    path.write_text(json.dumps({"add": {"stats": f'{{"minValues": {{"name": "{escaped}"}}}}'}}))
    return path


def _html(path: Path, text: str) -> Path:
    path = path.with_suffix(".html")
    spelled = "".join(f"<i>&#{ord(letter)};</i>" for letter in text)
    path.write_text(f"<html><body><td>{spelled}</td></body></html>")
    return path


def _name(path: Path, text: str) -> Path:
    """As Hive partitions are named, in the name of a folder."""
    folder = path / f"name={quote(text)}"
    folder.mkdir(parents=True)
    (folder / "empty").touch()
    return folder / "empty"


def _log(path: Path, text: str) -> Path:
    """A bound in the log of a Delta table."""
    deltalake.write_deltalake(path, pa.table({"name": [text, text]}))
    return path / "_delta_log" / "00000000000000000000.json"


def _checkpoint(path: Path, text: str) -> Path:
    """A bound in the checkpoint of a Delta table, which is Parquet."""
    deltalake.write_deltalake(path, pa.table({"name": [text, text]}))
    deltalake.DeltaTable(path).create_checkpoint()
    return path / "_delta_log" / "00000000000000000000.checkpoint.parquet"


def _comment(path: Path, text: str) -> Path:
    path = path.with_suffix(".duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t (cell integer)")
        connection.execute(f"comment on column t.cell is '{text}'")
    return path


def _nested(path: Path, text: str) -> Path:
    """JSON in a gzip file."""
    path = path.with_suffix(".json.gz")
    path.write_bytes(gzip.compress(json.dumps({"a": [text]}).encode()))
    return path


# Formats that carry text: layer, writer.
TEXT_WRITERS: tuple[tuple[str, Callable[[Path, str], Path]], ...] = (
    ("JSON", _json),
    ("JSON", _log),
    ("HTML", _html),
    ("name", _name),
    ("gzip: JSON", _nested),
    ("Parquet values", _checkpoint),
    ("DuckDB", _comment),
)
