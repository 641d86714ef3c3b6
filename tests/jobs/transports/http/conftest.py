"""A site whose only point is read over HTTP, and the outbox of that point."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from jobs.province.story import registers, visit, write_delivery, write_site
from lakehouse import keys
from lakehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site whose only point is read over HTTP."""
    write_site(tmp_path / "site", {"P001": "standard-1"})
    file = tmp_path / "site" / "points" / "P001.yaml"
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**declared, "transport": {"kind": "http", "connection": "p001"}}), "utf-8")
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    keys.init(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The outbox of the point, with three deliveries."""
    place = tmp_path / "offers" / "P001"
    write_delivery(place, registers(), sequence=1, business_date="2026-06-29")
    write_delivery(place, visit("V1"), sequence=2)
    write_delivery(place, visit("V2"), sequence=3, files=2)
    return place
