"""Who may write: whoever moves data or the pin of the publication holds `run/lock` alone; landings share it.

Two points can land at the same time, a point only once: a landing also holds `run/points/<id>` of each of its points.
A killed holder lets go by dying.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lakehouse.errors import BusyError
from lakehouse.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")
LOOK_SECONDS = 0.2


def wait_seconds() -> float:
    """For how long a step waits for another one that holds the lake."""
    return float(os.environ.get("LAKEHOUSE_LOCK_WAIT", "1800"))


@contextmanager
def lock(settings: Settings, wait: float = 0) -> Iterator[None]:
    """Hold the lake alone until the block ends. Raises BusyError when others hold it for longer than `wait` seconds."""
    with _held(settings.run / "lock", fcntl.LOCK_EX, time.monotonic() + wait):
        yield


@contextmanager
def landing_lock(settings: Settings, points: Sequence[str], wait: float = 0) -> Iterator[None]:
    """Hold some points until the block ends; others may land beside, and nobody does anything else to the lake.

    Raises BusyError when one of the points, or the lake, is held for longer than `wait` seconds.
    """
    until = time.monotonic() + wait
    with ExitStack() as held:
        held.enter_context(_held(settings.run / "lock", fcntl.LOCK_SH, until))
        for point in sorted(set(points)):  # All in the same order, so that no two wait for each other.
            held.enter_context(_held(settings.run / "points" / point, fcntl.LOCK_EX, until))
        yield


@contextmanager
def _held(path: Path, how: int, until: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _taken(handle, how):
            if time.monotonic() >= until:
                raise _busy(os.pread(handle, 200, 0).decode(errors="replace"))
            time.sleep(LOOK_SECONDS)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy(holder: str) -> BusyError:
    pid, _, since = holder.partition(" ")
    who = f"process {pid} since {since}" if since else "another process"
    return BusyError(
        "NIGHT-001", "Another process is writing to the lake.", where=who, do="Wait until it ends, then run this again."
    )
