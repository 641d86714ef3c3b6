"""Sessions of Spark Connect: on a server for one night of this process's own, or wherever an address leads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy

from jobs import spark_keeper
from jobs.spark_server import cores, serving
from lakehouse.errors import PassingError
from lakehouse.settings import Settings

SMALL_ROWS = 400_000
# Rows of a file that a small batch writes, or a small part of a large one. Rows lie point by point, and a correction rewrites
# the files that hold its rows: few points correct something in a night, so that a month is cut into files of which most stay.
FILE_ROWS = 10_000


def small_rows() -> int:
    """Up to how many rows a batch, or a table's part of one, is small: LAKEHOUSE_SPARK_SMALL, or what measuring told."""
    return int(os.environ.get("LAKEHOUSE_SPARK_SMALL", SMALL_ROWS))


def suit(session: SparkSession, rows: int) -> None:
    """Choose how queries run by how many rows a batch has.

    A small night runs each of its plans once: compiling them takes longer than interpreting them, planning them anew after
    each stage longer than a plan that could be better, and every task costs more than its rows. Tables go three at a
    time, so that one partition each leaves no core idle; nor need a MERGE send its rows once more to fill few files.
    """
    is_large = rows > small_rows()
    session.conf.set("spark.sql.codegen.wholeStage", str(is_large).lower())
    session.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if is_large else "NO_CODEGEN")
    session.conf.set("spark.sql.adaptive.enabled", str(is_large).lower())
    session.conf.set("spark.sql.shuffle.partitions", str(2 * cores() if is_large else 1))
    session.conf.set("spark.sql.files.minPartitionNum", str(cores() if is_large else 1))
    session.conf.set("spark.sql.files.maxRecordsPerFile", str(0 if is_large else FILE_ROWS))
    session.conf.set("spark.databricks.delta.merge.repartitionBeforeWrite.enabled", str(is_large).lower())


@contextmanager
def spark_for_the_night(settings: Settings) -> Iterator[SparkSession]:
    """A session on a server of this process's own, which ends with the block or with the process.

    A server that tasks share is ended first: a command that a killed task left on it may still be writing.
    Raises SPARK-001 when no server comes up, SPARK-002 when it dies.
    """
    spark_keeper.stop(settings)
    settings.run.mkdir(parents=True, exist_ok=True)
    with (
        serving(settings.run / "spark", settings.run / "spark.log") as server,
        session_at(server.address, lambda: server.process.poll() is None) as session,
    ):
        yield session


@contextmanager
def session_at(address: str, lives: Callable[[], bool]) -> Iterator[SparkSession]:
    """A session on the server at an address (with token, and id where it has one), released when the block ends.

    lives: whether the server is there. Raises SPARK-002 when it dies meanwhile.
    """
    session: Any = SparkSession.builder.remote(address).create()
    session.client.set_retry_policies([WhileServerLives(lives)])
    try:
        yield session
    except Exception:
        if _is_gone(lives):
            raise PassingError(
                "SPARK-002",
                "The Spark server ended by itself.",
                where="its log in the run folder",
                do="Run the same again: it takes up where this run stopped. Want of memory is a common cause.",
            ) from None
        raise
    finally:
        session.stop()


class WhileServerLives(DefaultPolicy):
    """Try again as Spark's client does, but not on a server that is gone: it would for ten minutes."""

    def __init__(self, lives: Callable[[], bool]) -> None:
        super().__init__()
        self._lives = lives

    def can_retry(self, e: BaseException) -> bool:
        return self._lives() and super().can_retry(e)


def _is_gone(lives: Callable[[], bool]) -> bool:
    """Whether the server has ended; its connections break a moment before."""
    for _ in range(10):
        if not lives():
            return True
        time.sleep(0.1)
    return False
