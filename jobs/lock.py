"""One writer at a time: whoever moves data or the pin of the publication holds `run/lock`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from lakehouse.errors import BusyError
from lakehouse.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")


@contextmanager
def lock(settings: Settings) -> Iterator[None]:
    """Hold the lake until the block ends; a killed holder lets go by dying. Raises BusyError when another holds it."""
    settings.run.mkdir(parents=True, exist_ok=True)
    handle = os.open(settings.run / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(os.pread(handle, 200, 0).decode(errors="replace")) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _busy(holder: str) -> BusyError:
    pid, _, since = holder.partition(" ")
    who = f"process {pid} since {since}" if since else "another process"
    return BusyError(
        "NIGHT-001", "Another process is writing to the lake.", where=who, do="Wait until it ends, then run this again."
    )
