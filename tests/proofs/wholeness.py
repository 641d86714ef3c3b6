"""Whether everything that a killed night left behind is whole, or bears a temporary name that nobody reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from jobs.landing.record import RECORD
from jobs.landing.seal import open_sealed
from lakehouse.errors import LakehouseError
from lakehouse.keys import seal_key
from lakehouse.settings import Settings

DAMAGE = (ValueError, OSError, KeyError, pa.ArrowException, duckdb.Error, LakehouseError)


def half_written(settings: Settings) -> list[str]:
    """Files, folders and tables that stand under their own name and are not whole, with the kind of damage."""
    damaged = []
    for path, read in _everything(settings):
        try:
            read(path)
        except DAMAGE as error:
            damaged.append(f"{path.relative_to(settings.home)}: {type(error).__name__}")
    return damaged


def temporaries(settings: Settings) -> list[str]:
    """What bears a temporary name, outside of the engine's own tables."""
    places = (settings.landing, settings.sealed, settings.ledger, settings.publications, settings.serving.parent.parent)
    return [str(path.relative_to(settings.home)) for place in places for path in place.rglob(".*")]


def _everything(settings: Settings) -> Iterator[tuple[Path, Callable[[Path], Any]]]:
    for folder in settings.landing.glob("*/[!.]*"):
        yield folder / RECORD, _json
        yield from ((path, pq.read_table) for path in folder.glob("*.parquet"))
    key = seal_key(settings)
    yield from ((path, lambda sealed: open_sealed(sealed, key)) for path in settings.sealed.glob("*/[!.]*"))
    for folder in (settings.ledger, settings.publications):
        yield from ((path, _json) for path in folder.rglob("[!.]*.json"))
        yield from ((path, pq.read_table) for path in folder.rglob("[!.]*.parquet"))
    yield from ((path, _duckdb) for path in settings.serving.parent.parent.rglob("*.duckdb"))
    yield from ((log.parent, _delta) for log in settings.lake.rglob("_delta_log"))


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _duckdb(path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("select * from meta.publication").fetchall()


def _delta(path: Path) -> None:
    """A table that has a version can be read there; one whose first commit was cut off is made again."""
    if (path / "_delta_log" / "00000000000000000000.json").exists():
        DeltaTable(path).to_pyarrow_dataset().to_table()
