"""A Spark server that the tasks of a night share: a keeper, nobody's child, starts it and ends it.

`run/spark.json` says where it is, for the owner of the home alone. `run/spark.lease` is renewed by whoever uses it; when
nobody has for LAKEHOUSE_SPARK_LEASE seconds (default 600), the keeper ends the server. If the keeper is killed, the kernel
ends the server with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from jobs.spark_server import START_SECONDS, serving
from lakehouse.errors import PassingError
from lakehouse.files import read_json, write_whole
from lakehouse.settings import Settings

ADDRESS, LEASE, KEEPER, FOLDER, LOG = "spark.json", "spark.lease", "spark.keeper", "shared-spark", "shared-spark.log"
STOP_SECONDS = 40  # A server is asked to end, and killed where it does not.


@dataclass(frozen=True)
class Shared:
    """A server that is running. address: with its token.   keeper, server: process ids."""

    address: str
    port: int
    keeper: int
    server: int


def lease_seconds() -> float:
    """For how long a server is kept that nobody uses."""
    return float(os.environ.get("LAKEHOUSE_SPARK_LEASE", "600"))


def start(settings: Settings) -> Shared:
    """The running server, or a new one; its lease begins anew. Raises SPARK-001 when it does not come up."""
    settings.run.mkdir(parents=True, exist_ok=True)
    renew(settings)
    if not is_kept(settings.run):
        # Returns when the keeper is on its own: the task that starts it ends long before it does.
        command = [sys.executable, "-m", __name__, str(settings.run), str(lease_seconds())]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait(lambda: running(settings) is not None or not is_kept(settings.run), START_SECONDS)
    shared = running(settings)
    if shared is None:
        raise PassingError(
            "SPARK-001",
            "The Spark server did not start.",
            where="its log in the run folder",
            do="Read the end of that log; `lakehouse doctor` checks Java, jars and memory.",
        )
    return shared


def running(settings: Settings) -> Shared | None:
    """The server that is kept and answers; None where there is none, or none yet."""
    path = settings.run / ADDRESS
    return Shared(**read_json(path)) if is_kept(settings.run) and path.exists() else None


def renew(settings: Settings) -> None:
    """Say that the server is in use."""
    (settings.run / LEASE).touch()


def stop(settings: Settings) -> None:
    """End the server, and wait until it has ended. Where there is none, nothing happens."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        if not is_kept(settings.run):
            return
        _wait(lambda: (settings.run / KEEPER).read_text() != "", 1)
        try:
            os.kill(int((settings.run / KEEPER).read_text()), ask)
        except ProcessLookupError:  # It ended just now.
            return
        _wait(lambda: not is_kept(settings.run), STOP_SECONDS)


def keep(run: Path, lease: float) -> None:
    """Be the keeper, in a process of its own: until told, until the lease ends, or until the server does."""
    handle = os.open(run / KEEPER, os.O_RDWR | os.O_CREAT, 0o600)
    if not _wait(lambda: _taken(handle), 2):
        return  # Another one keeps.
    os.ftruncate(handle, 0)
    if os.fork():
        os._exit(0)  # The child has the lock, and no parent.
    os.setsid()
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    try:
        with serving(run / FOLDER, run / LOG) as server:
            shared = Shared(server.address, server.port, os.getpid(), server.process.pid)
            (run / LEASE).touch()  # It took a while to come up.
            write_whole(run / ADDRESS, json.dumps(asdict(shared)).encode(), 0o600)
            while not told.wait(min(1, lease / 4)) and server.process.poll() is None and _is_leased(run, lease):
                pass
    finally:
        (run / ADDRESS).unlink(missing_ok=True)


def _is_leased(run: Path, lease: float) -> bool:
    return time.time() - (run / LEASE).stat().st_mtime < lease


def is_kept(run: Path) -> bool:
    """Whether a keeper lives: it holds a lock as long as it does."""
    try:
        handle = os.open(run / KEEPER, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _taken(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _taken(handle: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(until: Callable[[], bool], seconds: float) -> bool:
    """Wait for something, at most so long; whether it came."""
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]), float(sys.argv[2]))
