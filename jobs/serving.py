"""The serving file: the marts of a publication in one DuckDB file, written anew and swapped by rename.

Readers that have the old file open go on reading it. Only marts are in it: aggregates, and no row of a patient.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs.publication import Publication
from lakehouse.errors import LakehouseError
from lakehouse.files import sync_folder
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.contract import Column, MartTable


def serve(settings: Settings, publication: Publication, tables: Sequence[MartTable] | None = None) -> bool:
    """Write the serving file of a publication; False when it is there already. Raises LakehouseError when a pinned
    version of a mart can no longer be read. `tables`: contracts of the marts to serve, by default all."""
    every = registry.marts().values() if tables is None else tables
    wanted = [table for table in every if table.name in publication.tables]
    content = _content(publication, wanted)
    if _served_content(settings.serving) == content:
        return False
    settings.serving.parent.mkdir(parents=True, exist_ok=True)
    for leftover in settings.serving.parent.glob(f".{settings.serving.name}.*"):
        leftover.unlink()
    temporary = settings.serving.with_name(f".{settings.serving.name}.{os.getpid()}")
    with duckdb.connect(str(temporary)) as connection:
        for table in wanted:
            _copy(connection, settings, table, int(publication.tables[table.name]["version"]))
        _describe_publication(connection, publication, content)
    _swap(temporary, settings.serving)
    return True


def _copy(connection: duckdb.DuckDBPyConnection, settings: Settings, table: MartTable, version: int) -> None:
    """Copy one mart at its version: the contract's columns in their order, rows in the order of the key."""
    path = settings.lake / "marts" / table.name
    try:
        rows = DeltaTable(str(path), version=version).to_pyarrow_dataset()
    except DeltaError:
        raise LakehouseError(
            "SERVING-001",
            "A published version of a mart can no longer be read.",
            where=f"{table.name}, version {version}",
            do="Show a newer publication: `lakehouse publication forward`.",
        ) from None
    schema = table.name.partition(".")[0]
    columns, key = (", ".join(names) for names in ([column.name for column in table.columns], table.key))
    connection.execute(f"create schema if not exists {schema}")
    connection.register("rows_of_mart", rows)
    connection.execute(f"create table {table.name} as select {columns} from rows_of_mart order by {key}")
    connection.unregister("rows_of_mart")
    for statement in _comments(table):
        connection.execute(statement)


def _comments(table: MartTable) -> list[str]:
    """What people read beside the table and its columns, Chinese first."""
    about = f"{table.title_zh} / {table.title}: {table.grain}"
    return [
        f"comment on table {table.name} is {_quoted(about)}",
        *(f"comment on column {table.name}.{column.name} is {_quoted(_meaning(column))}" for column in table.columns),
    ]


def _meaning(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.says_zh} / {column.says}{unit}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _describe_publication(connection: duckdb.DuckDBPyConnection, publication: Publication, content: str) -> None:
    """Say in the file what it was written from; no clock is in it, so that the same publication is the same file."""
    connection.execute("create schema meta")
    connection.execute("create table meta.publication (number integer, night date, content varchar)")
    connection.execute(
        "insert into meta.publication values (?, ?, ?)", [publication.number, publication.night, content]
    )
    meanings = {
        "number": "发布序号 / Number of the publication.",
        "night": "业务日期 / Business date of the night that ended in this publication.",
        "content": "内容摘要 / Digest over the pinned tables and their descriptions.",
    }
    connection.execute("comment on table meta.publication is '发布信息 / What this file was written from: one row'")
    for name, meaning in meanings.items():
        connection.execute(f"comment on column meta.publication.{name} is {_quoted(meaning)}")


def _content(publication: Publication, tables: Sequence[MartTable]) -> str:
    """Digest of everything that the file is written from."""
    pins = [[publication.tables[table.name][part] for part in ("version", "digest")] for table in tables]
    texts = [_comments(table) for table in tables]
    text = json.dumps([publication.number, publication.night.isoformat(), pins, texts], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _served_content(path: Path) -> str | None:
    """The digest in the file that is served now; None when there is no file, or none that can be read."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("select content from meta.publication").fetchone()
    except duckdb.Error:
        return None
    return str(found[0]) if found else None


def _swap(temporary: Path, path: Path) -> None:
    handle = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(temporary, path)
    sync_folder(path.parent)
