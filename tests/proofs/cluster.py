"""The same nights on a cluster: a master, two workers and a Connect server as plain processes. One digest, nothing left."""

from __future__ import annotations

import http.client
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lakehouse.processes import die_with_parent, free_port, listening
from tests.proofs import kill
from tests.proofs.processes import PATIENCE, Home, end, until

WORKERS = 2


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs. remote: what its clients know of it.   page: port of the master's page."""

    remote: dict[str, str]
    page: int

    def workers(self) -> list[dict[str, Any]]:
        """The workers as the master knows them."""
        line = http.client.HTTPConnection("127.0.0.1", self.page, timeout=PATIENCE)
        line.request("GET", "/json/")
        found: list[dict[str, Any]] = json.loads(line.getresponse().read())["workers"]
        line.close()
        return [each for each in found if each["state"] == "ALIVE"]


@contextmanager
def running(home: Home, folder: Path) -> Iterator[Cluster]:
    """A cluster with small heaps on loopback, which works for a home, until the block ends."""
    folder.mkdir()
    for name in ("secret", "token"):
        (folder / name).write_text(secrets.token_hex(16))
    port, page, connect = free_port(), free_port(), free_port()
    cluster = Cluster(
        {"LAKEHOUSE_SPARK_REMOTE": f"sc://localhost:{connect}", "LAKEHOUSE_SPARK_TOKEN": str(folder / "token")}, page
    )
    leads_to = ("--master", f"spark://127.0.0.1:{port}")
    with ExitStack() as members:

        def start(name: str, *words: str, up: Callable[[], bool]) -> None:
            member = members.enter_context(_member(home, folder, name, *words))
            until(up, member, folder / f"{name}.txt")

        start("master", "--port", str(port), "--page", str(page), up=lambda: listening(port) and listening(page))
        for each in range(WORKERS):
            words = (*leads_to, "--page", "0", "--cores", "1", "--memory", "1g")
            start(f"worker-{each}", *words, up=partial(lambda count: len(cluster.workers()) == count, each + 1))
        words = (*leads_to, "--port", str(connect), "--token", str(folder / "token"), "--executors", "1g")
        start("connect", *words, up=lambda: listening(connect))
        yield cluster


@contextmanager
def _member(home: Home, folder: Path, name: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the cluster, asked to end with the block."""
    command = [sys.executable, "-m", "jobs.spark_cluster", name.partition("-")[0], *words]
    command += ["--folder", str(folder / name), "--secret", str(folder / "secret")]
    with (folder / f"{name}.txt").open("wb") as told:
        member = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            env=home.environment(),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        yield member
    finally:
        end(member)


def differing(folder: Path, report: Callable[[str], None]) -> list[str]:
    """How a lake that a cluster wrote in two nights differs from an embedded server's, and what is left of the cluster."""
    stage = kill.prepare(folder)
    home = stage.home("cluster")
    with running(home, folder / "members") as cluster:
        for night in kill.NIGHTS:
            home.ask("night", "--date", night, **cluster.remote)
            report(f"night {night} on {WORKERS} workers")
        idle = [each["id"] for each in cluster.workers() if not each["coresused"]]
        wrong = kill.differences(stage.end, kill.state(home))
    wrong += [f"a worker without an executor: {each}" for each in idle]
    if home.seconds_until_nothing_runs(kill.LEASE_SECONDS) is None:
        wrong += [f"runs on: {command[:80]}" for command in home.processes().values()]
    return wrong
