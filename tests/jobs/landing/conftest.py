"""A small site with three points, one of each dialect, and landing in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import hypothesis
import pytest

from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.story import write_site
from lakehouse import keys
from lakehouse.settings import Settings

# A test says what is true, not how fast: the first example pays for imports.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

POINTS = {"P001": "standard-1", "P002": "huakang-3", "P003": "province-1"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Home, site and keys in a temporary folder; the outboxes `offers/P001` to `offers/P003` are there and empty."""
    write_site(tmp_path / "site", POINTS)
    for point in POINTS:
        (tmp_path / "offers" / point).mkdir(parents=True)
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    keys.init(made)
    return made


@pytest.fixture
def offers(tmp_path: Path) -> Path:
    """The folder of the outboxes."""
    return tmp_path / "offers"


@pytest.fixture
def land(settings: Settings) -> Callable[..., list[Landed]]:
    """Land a night, by default that of the samples, in this process."""

    def run(night: str = "2026-06-30", points: list[str] | None = None) -> list[Landed]:
        day = date.fromisoformat(night)
        return land_night(settings, day, day, points, workers=0)

    return run
