"""One PostgreSQL server for all tests; each has a database of its own, and a site with one point that reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.province.exchange_points.front_end import front_end
from jobs.province.exchange_points.postgres import serving
from jobs.province.story import (
    registers,
    visit,
    write_delivery,
)
from jobs.transports import outbox
from jobs.transports.connections import Connection
from lakehouse import keys
from lakehouse.settings import Settings
from tests.jobs.transports.database.nights import declare, session
from tests.postgres import provide


@pytest.fixture(scope="session")
def server() -> Iterator[Connection]:
    """One server for all tests; each has a database of its own."""
    provide()
    with serving() as owner:
        yield owner


@pytest.fixture
def place(server: Connection, tmp_path: Path) -> Iterator[Connection]:
    """An empty database, which is gone after the test with whoever is still in it."""
    name = f"d{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    with session(server) as admin:
        admin.execute(f"create database {name}")
    yield replace(server, schema=name, extra={"timeout": 20})
    with session(server) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BACK_OFF", 0.001)
    monkeypatch.setattr(outbox, "SNAPSHOTS", 2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site with one point, whose deliveries are batches in the schema p001."""
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    declare(made, {"kind": "database", "connection": "p001", "schema": "p001", "batches": "batches"})
    keys.init(made)
    return made


@pytest.fixture
def loaded(settings: Settings, place: Connection, tmp_path: Path) -> Connection:
    """A database with two batches."""
    folder = tmp_path / "offers" / "P001"
    write_delivery(folder, registers(), business_date="2026-06-29")
    write_delivery(folder, visit("V1"), sequence=2)
    front_end(place, "p001", "standard-1").load(folder)
    return place
