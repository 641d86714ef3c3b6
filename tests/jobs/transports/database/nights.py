"""Nights over a front-end database, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import yaml

from jobs import ledger
from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.story import (
    write_site,
)
from jobs.site import DatabaseTransport, load_points
from jobs.transports.connections import Connection
from jobs.transports.database import opened
from jobs.transports.outbox import Past
from lakehouse.settings import Settings

NIGHT = date(2026, 6, 30)


STAMPED = {"kind": "database", "connection": "p001", "updated": "changed_at"}


def declare(settings: Settings, transport: dict[str, Any], vendor: str = "standard-1") -> None:
    write_site(settings.site, {"P001": vendor})
    file = settings.site / "points" / "P001.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "transport": transport}, allow_unicode=True))


@contextmanager
def session(where: Connection) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        host=where.host,
        port=where.port,
        user=where.login,
        password=where.password,
        dbname=where.schema,
        options="-c search_path=p001,public",
        autocommit=True,
    ) as made:
        yield made


@dataclass
class Night:
    """A landed night: what came, and what was said on the way."""

    landed: list[Landed]
    said: list[str]


def night(settings: Settings, connection: Connection, day: date = NIGHT) -> Night:
    said: list[str] = []
    landed = land_night(settings, day, day, None, lambda *told: said.append(told[2]), 0, lambda _: connection)
    return Night(landed, said)


def by_folder(settings: Settings, tmp_path: Path, vendor: str = "standard-1") -> list[Landed]:
    """The same deliveries landed from their folder, into the home `by-folder`."""
    near = replace(settings, home=tmp_path / "by-folder", site=tmp_path / "site-by-folder")
    write_site(near.site, {"P001": vendor})
    return land_night(near, NIGHT, NIGHT, workers=0)


def rows_of(home: Path, landed: list[Landed]) -> dict[tuple[int | None, str], Any]:
    return {
        (each.sequence, table): pq.read_table(home / "landing" / each.id / f"{table}.parquet").drop_columns("delivery")
        for each in landed
        if each.status == "landed"
        for table in each.tables
    }


def accounts(landed: list[Landed]) -> list[dict[str, Any]]:
    posted = ledger.landing_postings([each.model_dump(mode="json") for each in landed]).to_pylist()
    return sorted(({**each, "delivery": ""} for each in posted), key=str)


def nothing_landed(settings: Settings) -> bool:
    return not [path for place in (settings.landing, settings.sealed) for path in place.rglob("*") if path.is_file()]


def read(settings: Settings, connection: Connection, past: Past) -> Any:
    """The point's outbox."""
    (point,) = load_points(settings)
    assert isinstance(point.transport, DatabaseTransport)
    return opened(point, point.transport, connection, past)


def of(manifest: bytes, table: str) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(manifest)["files"] if entry["table"] == table]
