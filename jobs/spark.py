"""One Spark for one night, over Spark Connect: a server on loopback that dies with the process that started it."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy

from lakehouse.errors import LakehouseError
from lakehouse.jars import jar_paths
from lakehouse.java import java_home
from lakehouse.settings import Settings

START_SECONDS = 120
SMALL_ROWS = 100_000
PR_SET_PDEATHSIG = 1
# Staging a table is one method for scan, crosswalk joins and projection, too long for the JVM to compile unless told to.
COMPILER = "-XX:-DontCompileHugeMethods"
# Room for the classes from the start: the JVM makes a full collection each time that it grows.
CLASSES = "-XX:MetaspaceSize=256m"
# Hadoop starts a process to set the rights of a file; the JVM's usual way starts two.
PROCESSES = "-Djdk.lang.Process.launchMechanism=VFORK"


def server_options(folder: Path, memory: str, port: int) -> dict[str, str]:
    """Settings that the server needs at its start; those of a cluster are its own business."""
    return {
        "spark.master": f"local[{cores()}]",
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-XX:+UseParallelGC {COMPILER} {CLASSES} {PROCESSES} {java_properties(folder)}",
        "spark.jars": ",".join(str(path) for path in jar_paths()),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "spill"),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        # A command whose client is gone must not go on writing for the default five minutes.
        "spark.connect.execute.manager.detachedTimeout": "20s",
        "spark.ui.enabled": "false",
        "spark.scheduler.mode": "FAIR",
        "spark.sql.session.timeZone": "Asia/Shanghai",
        # A night lands hundreds of small files a table: open them in a few tasks, and list them without a job.
        "spark.sql.files.openCostInBytes": "65536",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
        "spark.sql.parquet.compression.codec": "zstd",
        # Without this every join of a long query copies the whole row.
        "spark.sql.codegen.hugeMethodLimit": "65535",
        "spark.sql.codegen.maxFields": "1000",
        # Delta sorts rows by their partition unless it may keep a file open for each.
        "spark.sql.maxConcurrentOutputFileWriters": "64",
        # Constraints of a projection with many expressions over the same columns multiply: planning took minutes.
        "spark.sql.constraintPropagation.enabled": "false",
        # Nobody reads the plans, and writing each of them out in words, again and again, cost 3 to 4 % of a small night.
        "spark.sql.debug.maxToStringFields": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        # Renames within the JVM; the usual store starts a process to read a link first, 464 a small night.
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        # Outside of UTC Delta reads a table's whole log to verify the list of files that it has already.
        "spark.databricks.delta.allFilesInCrc.verificationMode.forceOnNonUTC.enabled": "false",
        "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    }


def cores() -> int:
    """Threads of the server."""
    return int(os.environ.get("LAKEHOUSE_SPARK_CORES", os.cpu_count() or 2))


def suit(session: SparkSession, rows: int) -> None:
    """Choose how queries run by how many rows a batch has; LAKEHOUSE_SPARK_SMALL says up to how many it is small.

    A small night runs each of its plans once: compiling them takes longer than interpreting them, planning them anew after
    each stage longer than a plan that could be better, and every task costs more than its rows. Tables go three at a
    time, so that one partition each leaves no core idle.
    """
    is_large = rows > int(os.environ.get("LAKEHOUSE_SPARK_SMALL", SMALL_ROWS))
    session.conf.set("spark.sql.codegen.wholeStage", str(is_large).lower())
    session.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if is_large else "NO_CODEGEN")
    session.conf.set("spark.sql.adaptive.enabled", str(is_large).lower())
    session.conf.set("spark.sql.shuffle.partitions", str(2 * cores() if is_large else 1))
    session.conf.set("spark.sql.files.minPartitionNum", str(cores() if is_large else 1))


def java_properties(folder: Path) -> str:
    """Where the server's own temporary files go, and what it logs: warnings, not every task."""
    logging = folder / "log4j2.properties"
    return f"-Djava.io.tmpdir={folder / 'spill'} -Duser.timezone=UTC -Dlog4j2.configurationFile={logging}"


LOGGING = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex{short}
"""


@contextmanager
def spark_for_the_night(settings: Settings) -> Iterator[SparkSession]:
    """A session on a server of this process's own; server and spill are gone when the block ends or the process dies.

    LAKEHOUSE_SPARK_MEMORY sizes the server (default 6g), LAKEHOUSE_SPARK_CORES its threads (default: all cores).
    Raises SPARK-001 when no server comes up, SPARK-002 when it dies.
    """
    folder = settings.run / "spark"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "spill").mkdir(parents=True)
    (folder / "log4j2.properties").write_text(LOGGING)
    port, token = free_port(), secrets.token_hex(16)
    with open(settings.run / "spark.log", "wb") as log:
        server = start_server(folder, port, token, log)
        try:
            session = connect(server, port, token)
            try:
                yield session
            except Exception:
                if is_gone(server):
                    raise LakehouseError(
                        "SPARK-002",
                        "The Spark server ended by itself.",
                        where="spark.log in the run folder",
                        do="Run the same again: it takes up where this run stopped. Want of memory is a common cause.",
                    ) from None
                raise
            finally:
                session.stop()
        finally:
            stop_server(server)
            shutil.rmtree(folder, ignore_errors=True)


def start_server(folder: Path, port: int, token: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the Connect server in a process group of its own; the kernel kills it when this process dies."""
    import pyspark

    home = Path(pyspark.__file__).parent
    options = server_options(folder, os.environ.get("LAKEHOUSE_SPARK_MEMORY", "6g"), port)
    command = [str(home / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    environment = os.environ | {
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        # Each thread's compressor takes memory of its own beside the heap; two arenas shared by all hold half of it.
        "MALLOC_ARENA_MAX": "2",
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
    }
    return subprocess.Popen(
        [*command, "spark-internal"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        cwd=folder,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent dies, so that `kill -9` of a night leaves nothing that writes on."""
    ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """End the server, gently first."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is not None:
            return
        os.killpg(server.pid, ask)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue


def connect(server: subprocess.Popen[bytes], port: int, token: str) -> SparkSession:
    """Wait until the server answers, and open a session."""
    deadline = time.monotonic() + START_SECONDS
    while not listening(port):
        if server.poll() is not None or time.monotonic() > deadline:
            raise LakehouseError(
                "SPARK-001",
                "The Spark server did not start.",
                where="spark.log in the run folder",
                do="Read the end of that log; `lakehouse doctor` checks Java, jars and memory.",
            )
        time.sleep(0.1)
    # The client sends a token without TLS only to the name localhost.
    session: Any = SparkSession.builder.remote(f"sc://localhost:{port}/;token={token}").getOrCreate()
    session.client.set_retry_policies([WhileServerLives(server)])
    return session


class WhileServerLives(DefaultPolicy):
    """Try again as Spark's client does, but not on a server that is gone: it would for ten minutes."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._server = server

    def can_retry(self, e: BaseException) -> bool:
        return self._server.poll() is None and super().can_retry(e)


def is_gone(server: subprocess.Popen[bytes]) -> bool:
    """Whether the server has ended; its connections break a moment before."""
    try:
        server.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return False
    return True


def listening(port: int) -> bool:
    """Whether something accepts connections on that port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
