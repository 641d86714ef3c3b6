"""DuckDB in memory, for small questions to files: two threads, and no bar drawn over what a command prints."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse_models.contract import SQL, Type

KINDS: Mapping[Type, str] = {**SQL, Type.TEXT: "varchar", Type.CODE: "varchar"}


def connect() -> duckdb.DuckDBPyConnection:
    """A connection of its own; close it by `with`."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set enable_progress_bar = false")
    return connection
