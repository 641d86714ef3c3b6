"""U+FFFD, which a decoder writes where it could not read, stands in no table, text or serving file that the nights wrote, nor in
what landed in the last of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.end_to_end.conftest import PLAN, BuiltNight
from tests.end_to_end.tables import connection

REPLACEMENT = "\ufffd"
TEXTS = {".json", ".html", ".csv", ".md", ".log", ".yaml"}


def parquet_groups(home: Path) -> dict[str, list[str]]:
    """Files that are read together, because they have the same columns: of a table, or of a kind of the ledger's files; of what
    landed, the last night's files of an exchange table at all points."""
    groups: dict[str, list[str]] = {}
    for path in home.rglob("*.parquet"):
        folder = next(parent for parent in path.parents if "=" not in parent.name)
        is_landed = folder.is_relative_to(home / "landing")
        if not is_landed or folder.name.startswith(str(PLAN.dates[-1])):
            groups.setdefault(path.name.partition(".")[0] if is_landed else str(folder), []).append(str(path))
    return groups


def holds(db: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether a cell of any column holds the character."""
    asked = f"select count(*) from {relation} where contains(concat_ws(' ', *columns(*)), '{REPLACEMENT}')"
    return db.sql(asked).fetchone() != (0,)


def holders(home: Path, serving: Path) -> list[str]:
    """Texts, tables in Parquet, and tables of the serving file in which it stands."""
    db = connection()
    found = [
        str(path)
        for path in home.rglob("*")
        if path.suffix in TEXTS and REPLACEMENT in path.read_text(encoding="utf-8", errors="strict")
    ]
    for name, files in parquet_groups(home).items():
        found += [name] if holds(db, f"read_parquet({files}, union_by_name=true)") else []
    db.execute(f"attach '{serving}' as served (read_only)")
    tables = db.sql("select schema_name || '.' || table_name from duckdb_tables() where database_name = 'served'")
    return [*found, *(name for (name,) in tables.fetchall() if holds(db, f"served.{name}"))]


def test_it_is_found_where_it_stands(tmp_path: Path) -> None:
    serving = tmp_path / "served.duckdb"
    with duckdb.connect(str(serving)) as db:
        db.execute(f"create table a as select 1 as n, '马{REPLACEMENT}' as text")
        db.execute("create table b as select 1 as n, '马' as text")
    (tmp_path / "home" / "lake" / "month=2026-06").mkdir(parents=True)
    pq.write_table(
        pa.table({"n": [1], "x": [f"{REPLACEMENT}"]}), tmp_path / "home" / "lake" / "month=2026-06" / "0.parquet"
    )
    (tmp_path / "home" / "a.json").write_text(f'"{REPLACEMENT}"', encoding="utf-8")
    found = holders(tmp_path / "home", serving)
    assert found == [str(tmp_path / "home" / "a.json"), str(tmp_path / "home" / "lake"), "main.a"]


def test_it_stands_nowhere_after_the_nights(built_night: BuiltNight) -> None:
    settings = built_night.settings
    groups = parquet_groups(settings.home)
    assert {"person", "encounter", "charge_item"} <= groups.keys()
    assert len(groups) > 40
    assert holders(settings.home, settings.serving) == []
