"""A night whose one point lies behind a server: what came, what was said, and how a fault must look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.story import registers, visit, write_delivery, write_site
from jobs.transports.connections import Connection
from jobs.transports.faults import FAULTS
from lakehouse import keys
from lakehouse.settings import Settings

NIGHT = date(2026, 6, 30)
SECRET = "schwer-zu-raten"
QUICK = {"timeout": 1, "back_off": 0.01}


def site_of(tmp_path: Path, transport: dict[str, Any]) -> Settings:
    """A site with one point behind a transport; the outbox `offers/P001`, which a server may show, holds two deliveries."""
    write_site(tmp_path / "site", {"P001": "standard-1"})
    file = tmp_path / "site" / "points" / "P001.yaml"
    declared = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**declared, "transport": transport}, allow_unicode=True))
    write_delivery(tmp_path / "offers" / "P001", registers(), sequence=1, business_date="2026-06-29")
    write_delivery(tmp_path / "offers" / "P001", visit("V1"), sequence=2, files=2)
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    keys.init(made)
    return made


@dataclass
class Night:
    """A landed night: what came, and what was said on the way."""

    landed: list[Landed]
    said: list[str]


def night(settings: Settings, connection: Connection) -> Night:
    said: list[str] = []

    def secrets(name: str) -> Connection:
        assert name == "p001"
        return connection

    landed = land_night(settings, NIGHT, NIGHT, None, lambda *told: said.append(told[2]), 0, secrets)
    return Night(landed, said)


def quick(connection: Connection, **extra: Any) -> Connection:
    return replace(connection, extra={**connection.extra, **QUICK, **extra})


def nothing_landed(settings: Settings) -> bool:
    places = (settings.landing / "P001", settings.sealed / "P001")
    return not [path for place in places if place.exists() for path in place.iterdir() if not path.name.startswith(".")]


def in_a_folder(settings: Settings, tmp_path: Path) -> Settings:
    """The same site with the outbox as a folder of this machine, and a home of its own."""
    write_site(tmp_path / "site-by-folder", {"P001": "standard-1"})
    return replace(settings, home=tmp_path / "by-folder", site=tmp_path / "site-by-folder")


def refused(settings: Settings, connection: Connection, code: str) -> str:
    """A night that could not read the point says so with that code; nothing has landed, nothing secret was said."""
    done = night(settings, connection)
    assert done.landed == []
    (line,) = done.said
    assert line.startswith("P001 cannot be reached: ")
    assert f"{code}: {FAULTS[code].says}" in line
    assert FAULTS[code].do in line
    assert SECRET not in line
    assert looks(settings)["P001"].code == code
    assert nothing_landed(settings)
    return line
