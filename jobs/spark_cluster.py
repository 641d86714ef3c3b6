"""A standalone Spark cluster as plain processes: `python -m jobs.spark_cluster master|worker|connect` becomes one of them.

Whoever joins shows the cluster's secret, and what goes between its processes is encrypted. The Connect server is the only
driver: it alone commits to tables. Clients elsewhere than on its machine reach it only over a network that is theirs alone:
they send a token without TLS to localhost and to no other place.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.spark_server import LOGGING, server_options, spark_home
from lakehouse.errors import LakehouseError
from lakehouse.files import write_whole
from lakehouse.java import java_home

PORT, PAGE, CONNECT_PORT = 7077, 8080, 15002
SECRET, PROPERTIES = "_SPARK_AUTH_SECRET", "guard.conf"
# Rows hold tokens and no identifiers; they are still nobody else's business.
GUARDED = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.io.encryption.enabled": "true",
}


@dataclass(frozen=True)
class Member:
    """A process of the cluster.

    host: name or address that the others know it by.   folder: what is its own: logging, spill, work.
    secret, token: files with what members, and clients of the server, must show.   master: where the master is.
    memory: of a worker's executors, or of the server.   executors: memory of each.   cores: of a worker.
    port, page: to listen at, 0 for any.   listen: where the server answers clients.
    """

    host: str
    folder: Path
    secret: Path
    master: str = f"spark://127.0.0.1:{PORT}"
    memory: str = "1g"
    cores: int = 2
    port: int = PORT
    page: int = PAGE
    token: Path | None = None
    executors: str = "1g"
    listen: str = "127.0.0.1"


def master(member: Member) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of the master."""
    places = ["--host", member.host, "--port", str(member.port), "--webui-port", str(member.page)]
    return _daemon("org.apache.spark.deploy.master.Master", places), _environment(member)


def worker(member: Member) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of a worker, which starts executors for the server."""
    places = ["--host", member.host, "--port", "0", "--webui-port", str(member.page)]
    offers = ["--memory", member.memory, "--cores", str(member.cores), "--work-dir", str(member.folder / "work")]
    return _daemon("org.apache.spark.deploy.worker.Worker", [*places, *offers, member.master]), _environment(member)


def connect(member: Member) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of the Connect server: options of an embedded one, with executors elsewhere."""
    options = server_options(member.folder, member.memory, member.port) | GUARDED
    del options["spark.local.dir"]  # The environment says where, for every kind of member.
    options |= {
        "spark.master": member.master,
        "spark.connect.grpc.binding.address": member.listen,
        "spark.driver.host": member.host,
        "spark.driver.bindAddress": member.host,
        "spark.executor.memory": member.executors,
        # Nothing of the driver's folder: it may not be there.
        "spark.executor.extraJavaOptions": "-XX:+UseParallelGC -XX:-DontCompileHugeMethods -Duser.timezone=UTC",
    }
    # A driver takes the secret from its properties alone; only the file keeps it off the command line.
    command = [str(spark_home() / "bin" / "spark-submit"), "--properties-file", str(member.folder / PROPERTIES)]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for name, value in options.items() for part in ("--conf", f"{name}={value}")]
    shown = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": read_secret(member.token)} if member.token else {}
    return [*command, "spark-internal"], _environment(member) | shown


MEMBERS = {"master": master, "worker": worker, "connect": connect}


def _daemon(name: str, arguments: Sequence[str]) -> list[str]:
    return [str(spark_home() / "bin" / "spark-class"), name, *arguments]


def _environment(member: Member) -> dict[str, str]:
    """What a member adds to its environment; secrets go this way, as command lines can be read by anybody."""
    logging = member.folder / "log4j2.properties"
    guarded = " ".join(f"-D{name}={value}" for name, value in GUARDED.items())
    return {
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": member.host,
        "SPARK_LOCAL_DIRS": str(member.folder / "spill"),
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_DAEMON_JAVA_OPTS": f"{guarded} -Dspark.ui.killEnabled=false -Dlog4j2.configurationFile={logging}",
        "MALLOC_ARENA_MAX": "2",
        SECRET: read_secret(member.secret),
    }


def read_secret(path: Path) -> str:
    """The secret in a file. Raises SPARK-007 where there is none."""
    text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    if not text:
        what = "The file with a secret of the cluster is missing or empty."
        raise LakehouseError("SPARK-007", what, where=str(path), do="Run `python -m jobs.cluster_secrets secrets`.")
    return text


def become(command: Sequence[str], more: Mapping[str, str], folder: Path) -> None:
    """Become that process: whoever signals this one signals Spark."""
    (folder / "spill").mkdir(parents=True, exist_ok=True)
    (folder / "log4j2.properties").write_text(LOGGING)
    write_whole(folder / PROPERTIES, f"spark.authenticate.secret {more[SECRET]}\n".encode(), 0o600)
    os.chdir(folder)
    os.execvpe(command[0], list(command), os.environ | more)  # noqa: S606 - no shell.


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m jobs.spark_cluster", description=__doc__)
    parser.add_argument("kind", choices=list(MEMBERS))
    parser.add_argument("--host", default="127.0.0.1", help="Name that the others know it by.")
    parser.add_argument("--folder", type=Path, required=True, help="Where its own files go.")
    parser.add_argument("--secret", type=Path, required=True, help="File with the secret of the cluster.")
    parser.add_argument("--master", default=Member.master, help="Where the master is.")
    parser.add_argument("--memory", default="1g", help="Of a worker for executors, or of the server.")
    parser.add_argument("--executors", default="1g", help="Memory of each executor.")
    parser.add_argument("--cores", type=int, default=2, help="Of a worker.")
    parser.add_argument("--port", type=int, help=f"Default {PORT}, of the server {CONNECT_PORT}.")
    parser.add_argument("--page", type=int, default=PAGE, help="Port of the page of master or worker.")
    parser.add_argument("--listen", default=Member.listen, help="Where the server answers clients.")
    parser.add_argument("--token", type=Path, help="File with what clients of the server must show.")
    return parser.parse_args()


def main() -> None:
    """Become the process that is asked for."""
    asked = vars(_arguments())
    kind, port, folder = asked.pop("kind"), asked.pop("port"), asked.pop("folder").absolute()
    default = CONNECT_PORT if kind == "connect" else PORT
    member = Member(**asked, folder=folder, port=default if port is None else port)
    become(*MEMBERS[kind](member), folder)


if __name__ == "__main__":
    main()
