"""Landings share the lake, each point alone; whoever does anything else has it for itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jobs.lock import landing_lock, lock
from lakehouse.errors import BusyError
from lakehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake that nobody holds."""
    return Settings(tmp_path, tmp_path, tmp_path)


def test_different_points_land_at_the_same_time(settings: Settings) -> None:
    with landing_lock(settings, ["P1", "P2"]), landing_lock(settings, ["P3"]):
        pass


def test_a_point_lands_only_once_at_a_time(settings: Settings) -> None:
    with (
        landing_lock(settings, ["P1", "P2"]),
        pytest.raises(BusyError, match="process"),
        landing_lock(settings, ["P2"]),
    ):
        pass
    with landing_lock(settings, ["P2"]):
        pass


def test_a_landing_keeps_others_from_writing_and_they_it(settings: Settings) -> None:
    with landing_lock(settings, ["P1"]), pytest.raises(BusyError), lock(settings):
        pass
    with lock(settings), pytest.raises(BusyError), landing_lock(settings, ["P1"]):
        pass
    with lock(settings), pytest.raises(BusyError), lock(settings):
        pass


def test_whoever_may_wait_gets_the_lake_when_it_is_free(settings: Settings) -> None:
    entered = threading.Event()

    def work() -> None:
        with lock(settings, wait=60):
            entered.set()

    with landing_lock(settings, ["P1"]):
        waiting = threading.Thread(target=work)
        waiting.start()
        assert not entered.wait(0.5)
    waiting.join(60)
    assert entered.is_set()
