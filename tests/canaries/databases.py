"""DuckDB and SQLite files: every table, every column, and what the catalogue says of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from tests.canaries.arrays import found_in_arrays
from tests.canaries.search import Search

SQLITE = b"SQLite format 3\0"
DUCKDB = b"DUCK"  # Behind a checksum of eight bytes.
CATALOGUE = (
    "duckdb_schemas",
    "duckdb_tables",
    "duckdb_columns",
    "duckdb_views",
    "duckdb_indexes",
    "duckdb_constraints",
)
ROWS = 200_000


def found_in_duckdb(search: Search, path: Path) -> set[str]:
    """What stands in the cells, names and comments. Raises duckdb.Error for a file that cannot be opened."""
    found = set[str]()
    with duckdb.connect(str(path), read_only=True) as connection:
        for name in CATALOGUE:
            said = connection.execute(f"select * from {name}()").fetchall()
            found |= search.found_in_all(str(cell).encode() for row in said for cell in row)
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal and database_name = current_database()"
        ).fetchall()
        for schema, table in tables:
            reader = connection.execute(f'select * from "{schema}"."{table}"').to_arrow_reader(ROWS)
            for batch in reader:
                found |= found_in_arrays(search, batch.columns)
    return found


def found_in_sqlite(search: Search, path: Path) -> set[str]:
    """What stands in the cells and in the statements that made the tables. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.text_factory = bytes
        return search.found_in_all(_cells(connection))


def _cells(connection: sqlite3.Connection) -> Iterator[bytes]:
    for (name,) in [(b"sqlite_master",), *connection.execute("select name from sqlite_master where type = 'table'")]:
        for row in connection.execute(f'select * from "{name.decode()}"'):
            yield from (_as_bytes(cell) for cell in row if cell is not None)


def _as_bytes(cell: Any) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()
