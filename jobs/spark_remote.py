"""A Spark cluster that is there already: where it is, and whether the lake is safe with it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.spark_cluster import read_secret
from lakehouse.errors import LakehouseError
from lakehouse.files import write_whole
from lakehouse.settings import Settings

# What makes a commit on a file system fail when another driver made the same one: a rename that replaces nothing.
SAFE_STORES = frozenset(
    {
        "io.delta.storage.LocalLogStore",
        "io.delta.storage.HDFSLogStore",
        "org.apache.spark.sql.delta.storage.HDFSLogStore",
    }
)
STORES = ("spark.delta.logStore.class", "spark.delta.logStore.file.impl")
FILE_SYSTEM = "spark.hadoop.fs.defaultFS"


def address() -> str | None:
    """The server that LAKEHOUSE_SPARK_REMOTE names, with the token in the file that LAKEHOUSE_SPARK_TOKEN names; or None.

    Raises SPARK-004 for what is no address.
    """
    remote, token = os.environ.get("LAKEHOUSE_SPARK_REMOTE", ""), os.environ.get("LAKEHOUSE_SPARK_TOKEN", "")
    if remote and not remote.startswith("sc://"):
        raise LakehouseError(
            "SPARK-004",
            "LAKEHOUSE_SPARK_REMOTE is no address of a Spark Connect server.",
            do="Set it to sc://<host>:<port>, or unset it.",
        )
    if not remote or not token:
        return remote or None
    server, _, parameters = remote.partition("/;")
    told = [part for part in parameters.split(";") if part]
    return f"{server.rstrip('/')}/;{';'.join([*told, f'token={read_secret(Path(token))}'])}"


def check(spark: SparkSession, settings: Settings) -> None:
    """Raise what makes a cluster unfit for this lake: SPARK-005 for its commits, SPARK-006 when it sees other files."""
    check_store(spark.conf.getAll)
    _check_files(spark, settings)


def check_store(options: Mapping[str, str]) -> None:
    """Raise SPARK-005 unless two drivers cannot commit the same version of a table."""
    named = [options[name] for name in STORES if name in options]
    if unsafe := [store for store in named if store not in SAFE_STORES]:
        raise _unsafe(unsafe[0])
    system = options.get(FILE_SYSTEM, "")
    if system and not system.startswith("file:"):
        raise _unsafe(system)


def _unsafe(where: str) -> LakehouseError:
    return LakehouseError(
        "SPARK-005",
        "On this cluster two drivers could commit the same version of a table.",
        where=where,
        do="Start its Connect server with `python -m jobs.spark_cluster connect`, "
        "or without spark.delta.logStore.* and spark.hadoop.fs.defaultFS.",
    )


def _check_files(spark: SparkSession, settings: Settings) -> None:
    """Let the cluster read back what was written here just now. Raises SPARK-006 when it cannot."""
    mark, path = secrets.token_hex(8), settings.run / "seen-by-spark"
    write_whole(path, mark.encode())
    try:
        seen = [row[0] for row in spark.read.text(str(path)).collect()]
    except PySparkException:
        seen = []
    if seen != [mark]:
        raise LakehouseError(
            "SPARK-006",
            "The Spark cluster does not see this lake.",
            where=str(settings.home),
            do="Mount LAKEHOUSE_HOME at the same path for the server and every worker.",
        )
