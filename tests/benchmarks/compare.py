"""Whether the lakehouse's tables and the twin's say the same: digests of both, computed by one engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
from deltalake import DeltaTable

from jobs import lake
from lakehouse.settings import Settings
from tests.benchmarks.twin import ASIDE, MARTS, TABLES
from warehouse_models import registry

Digest = tuple[int, int]  # Rows, and the sum of their hashes.


def differences(settings: Settings, twin: Path) -> list[str]:
    """Names of tables, marts and sets of rows set aside that differ; empty when all is equal."""
    pairs = {**_tables(settings, twin), **_marts(settings, twin)}
    with duckdb.connect() as connection:
        return [
            name for name, (ours, theirs) in pairs.items() if digest(connection, ours) != digest(connection, theirs)
        ]


def digest(connection: duckdb.DuckDBPyConnection, relation: str) -> Digest:
    """Rows of a relation and the sum of their hashes; columns are taken in the order of their names."""
    described = connection.execute(f"describe {relation}").fetchall()
    names = ", ".join(sorted(str(column[0]) for column in described))
    found = connection.execute(f"select count(*), coalesce(sum(hash({names})), 0) from ({relation})").fetchall()
    return int(found[0][0]), int(found[0][1])


def _tables(settings: Settings, twin: Path) -> dict[str, tuple[str, str]]:
    """Rows that got in, rows set aside with how many rules they break, and rows that wait, of each table."""
    found = {}
    for name in TABLES:
        table = registry.conformed_of(name)
        theirs = parquet(twin / name, "fate")
        staged, waiting = (delta(path(settings, table)) for path in (lake.staged_path, lake.waiting_path))
        aside = f"select {', '.join(ASIDE[:2])}, reasons from ({theirs}) where fate = 'quarantined'"
        ours = f"select {', '.join(ASIDE[:2])}, bit_count(bad) as reasons from ({staged}) where accepted = 'false'"
        rows = f"select * exclude (fate, {', '.join(ASIDE)}) from ({theirs}) where fate = 'accepted'"
        found[table.name] = (delta(lake.table_path(settings, table)), rows)
        found[f"{name}, set aside"] = (ours, aside)
        waits = f"select delivery, row_number from ({theirs}) where fate = 'waiting'"
        found[f"{name}, waiting"] = (f"select delivery, row_number from ({waiting})", waits)
    return found


def _marts(settings: Settings, twin: Path) -> dict[str, tuple[str, str]]:
    marts = {name.rpartition(".")[2]: mart for name, mart in registry.marts().items()}
    return {
        marts[name].name: (delta(lake.mart_path(settings, marts[name])), parquet(twin / name, "month"))
        for name in MARTS
    }


def delta(path: Path) -> str:
    """SELECT of the newest version of a Delta table; of one without files, its columns."""
    table = DeltaTable(str(path))
    if files := [f"'{uri.removeprefix('file://')}'" for uri in table.file_uris()]:
        return f"from read_parquet([{', '.join(files)}], hive_partitioning = true, hive_types_autocast = false)"
    names = ", ".join(f"null as {field.name}" for field in table.schema().fields)
    return f"select {names} limit 0"


def parquet(folder: Path, partition: str) -> str:
    """SELECT of everything below a folder that is partitioned by that column, and perhaps by more."""
    return (
        f"from read_parquet('{folder}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false,"
        f" union_by_name = true) where {partition} is not null"
    )
