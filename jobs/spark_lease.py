"""Sessions of tasks: on the server that the tasks of a night share, or on the cluster that LAKEHOUSE_SPARK_REMOTE names.

A task has a session id made of its name and of how often it has had one. Only who holds the lake may open a session, so
whatever session is open when another one is asked for belongs to a client that is gone: it is released first, which stops
its commands, and its id is refused from then on.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.connect.client import SparkConnectClient

from jobs import spark_keeper, spark_remote
from jobs.spark import session_at, spark_for_the_night
from lakehouse.files import read_json, write_json
from lakehouse.processes import listening
from lakehouse.settings import Settings

NAMESPACE = uuid.UUID("6f1c3a52-0d0e-4b57-9c1b-2f6a51b0d7a4")
# What a night's SQL means hangs on this; a server of our own starts with it, a cluster may think otherwise.
SESSION = {"spark.sql.session.timeZone": "Asia/Shanghai"}


def start(settings: Settings) -> None:
    """Have a server for the tasks to come. With LAKEHOUSE_SPARK_REMOTE it is there already. Raises SPARK-001."""
    _address(settings)


def stop(settings: Settings) -> None:
    """End the server that tasks share, if there is one."""
    spark_keeper.stop(settings)


@contextmanager
def session(settings: Settings, name: str) -> Iterator[SparkSession]:
    """A session for a task, by the task's name. The caller holds the lake.

    Raises SPARK-001 when no server comes up, SPARK-002 when it dies; of a cluster also SPARK-005 and SPARK-006.
    """
    address = _address(settings)
    known = _Known(settings.run / "spark-sessions.json", hashlib.sha256(address.encode()).hexdigest())
    for former in known.open:
        _release(with_id(address, former))
    identity = known.next(name)
    with _renewed(settings), session_at(with_id(address, identity), _lives(settings)) as spark:
        for option, value in SESSION.items():
            spark.conf.set(option, value)
        if spark_remote.address():
            spark_remote.check(spark, settings)
        yield spark
    known.closed()  # After an error it stays recorded, and is released once more.


@contextmanager
def session_for_the_night(settings: Settings) -> Iterator[SparkSession]:
    """A session for a whole run: on the cluster where one is named, else on a server of this process's own."""
    with session(settings, "night") if spark_remote.address() else spark_for_the_night(settings) as spark:
        yield spark


def _address(settings: Settings) -> str:
    """Where the server is, a new one where there is none."""
    return spark_remote.address() or spark_keeper.start(settings).address


def _lives(settings: Settings) -> Callable[[], bool]:
    """Whether the server is there, as a question; a cluster is taken to be."""
    shared = None if spark_remote.address() else spark_keeper.running(settings)
    return partial(listening, shared.port) if shared else lambda: True


def with_id(address: str, identity: str) -> str:
    """An address that leads to one session."""
    server, _, parameters = address.partition("/;")
    told = [part for part in parameters.split(";") if part]
    return f"{server.rstrip('/')}/;{';'.join([*told, f'session_id={identity}'])}"


def _release(address: str) -> None:
    """End a session of a client that is gone; its commands are interrupted before this returns."""
    former = SparkConnectClient(address)
    former.release_session()
    former.close()


class _Known:
    """Sessions that were had on one server: how many by name, and the one that is open. Another server knows none."""

    def __init__(self, path: Path, server: str) -> None:
        self._path, self._server = path, server
        record = read_json(path) if path.exists() else {}
        is_same = record.get("server") == server
        self._counts: dict[str, int] = record["counts"] if is_same else {}
        self.open: list[str] = record["open"] if is_same else []

    def next(self, name: str) -> str:
        """The id of the next session of that name, recorded before it is used."""
        self._counts[name] = self._counts.get(name, 0) + 1
        identity = str(uuid.uuid5(NAMESPACE, f"{name}#{self._counts[name]}"))
        self._write([identity])
        return identity

    def closed(self) -> None:
        """The session has ended in good order."""
        self._write([])

    def _write(self, now: list[str]) -> None:
        self.open = now
        write_json(self._path, {"server": self._server, "counts": self._counts, "open": now})


@contextmanager
def _renewed(settings: Settings) -> Iterator[None]:
    """Renew the lease as long as the block runs."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(spark_keeper.lease_seconds() / 4):
            spark_keeper.renew(settings)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
