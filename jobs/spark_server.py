"""A Spark Connect server on loopback, which dies with the process that started it."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from lakehouse.errors import LakehouseError, PassingError
from lakehouse.jars import jar_paths
from lakehouse.java import java_home
from lakehouse.processes import free_port, listening, start

START_SECONDS = 120
# Staging a table is one method for scan, crosswalk joins and projection, too long for the JVM to compile unless told to.
# And a method is compiled by the second compiler after four times as many calls as usual: most of what a night calls, it does not
# call often enough to be worth it. Loops are compiled as soon as usual, for those of a large batch run long.
CALLS = "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 -XX:Tier4CompileThreshold=60000"
COMPILER = f"-XX:-DontCompileHugeMethods {CALLS}"
# Room for the classes from the start: the JVM makes a full collection each time that it grows.
CLASSES = "-XX:MetaspaceSize=256m"
# Hadoop starts a process to set the rights of a file; the JVM's usual way starts two.
PROCESSES = "-Djdk.lang.Process.launchMechanism=VFORK"


LOGGING = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex{short}
"""


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


def java_properties(folder: Path) -> str:
    """Where the server's own temporary files go, and what it logs: warnings, not every task."""
    logging = folder / "log4j2.properties"
    return f"-Djava.io.tmpdir={folder / 'spill'} -Duser.timezone=UTC -Dlog4j2.configurationFile={logging}"


@dataclass(frozen=True)
class Server:
    """A server that answers. token: what a client must show.   A client sends it without TLS only to the name localhost."""

    process: subprocess.Popen[bytes]
    port: int
    token: str

    @property
    def address(self) -> str:
        """Where clients find it, with the token."""
        return f"sc://localhost:{self.port}/;token={self.token}"


@contextmanager
def serving(folder: Path, log_file: Path) -> Iterator[Server]:
    """A server that keeps everything of its own in a folder; both are gone when the block ends.

    LAKEHOUSE_SPARK_MEMORY sizes it (default 6g), LAKEHOUSE_SPARK_CORES its threads (default: all cores).
    Raises SPARK-001 when it does not come up.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "spill").mkdir(parents=True)
    (folder / "log4j2.properties").write_text(LOGGING)
    port, token = free_port(), secrets.token_hex(16)
    with open(log_file, "wb") as log:
        process = start_server(folder, port, token, log)
        try:
            _wait_for(process, port)
            yield Server(process, port, token)
        finally:
            stop_server(process)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while not listening(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise PassingError(
                "SPARK-001",
                "The Spark server did not start.",
                where="its log in the run folder",
                do="Read the end of that log; `lakehouse doctor` checks Java, jars and memory.",
            )
        time.sleep(0.1)


def start_server(folder: Path, port: int, token: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the Connect server in a process group of its own; the kernel kills it when this process dies."""
    home = spark_home()
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
    return start([*command, "spark-internal"], log, environment, folder)


def spark_home() -> Path:
    """Where Spark is installed; found without importing its client, which a server does not need."""
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise LakehouseError("SPARK-003", "Spark is not installed.", do="Run `make setup`.")
    return Path(found.origin).parent


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
