"""The Spark server that tasks share: one for all of them, gone when nobody needs it, and deaf to a client that is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs import spark_keeper
from jobs.spark_lease import session, start, stop, with_id
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from tests.conftest import ONE_NIGHT

# Begins a write of half a minute, says so, and is killed.
CLIENT = """
import sys
from pathlib import Path
from jobs.spark_lease import session
from lakehouse.settings import Settings
home, to = map(Path, sys.argv[1:])
with session(Settings(home, home, home), "night.1/merge") as spark:
    rows = spark.sql("select id, reflect('java.lang.Thread', 'sleep', 1000L) as slept from range(0, {rows}, 1, 1)")
    print("begun", flush=True)
    rows.write.format("delta").save(str(to))
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home with a small server; whatever a test leaves running is ended."""
    monkeypatch.setenv("LAKEHOUSE_SPARK_MEMORY", "1g")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", ONE_NIGHT)
    made = Settings(home=tmp_path, site=tmp_path, keys=tmp_path)
    yield made
    stop(made)


def until(happens: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait for something; whether it came."""
    deadline = time.monotonic() + seconds
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happens()


def is_there(process: int) -> bool:
    """Whether a process exists that is not just a remainder."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def begin(settings: Settings, to: Path, rows: int) -> subprocess.Popen[str]:
    """A client in a process of its own that writes a row a second."""
    command = [sys.executable, "-c", CLIENT.format(rows=rows), str(settings.home), str(to)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    assert client.stdout.readline() == "begun\n"
    assert until(lambda: to.exists())
    return client


def test_tasks_share_one_server_on_which_nothing_of_a_killed_client_goes_on(settings: Settings, tmp_path: Path) -> None:
    start(settings)
    shared = spark_keeper.running(settings)
    assert shared is not None
    assert (settings.run / "spark.json").stat().st_mode & 0o777 == 0o600
    assert "token=" in shared.address
    assert os.getsid(shared.keeper) == shared.keeper != os.getsid(0)

    client = begin(settings, tmp_path / "left", rows=4)
    client.kill()
    client.communicate()
    with session(settings, "night.1/merge") as spark:  # The same task, tried again.
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Shanghai"
        spark.sql("select reflect('java.lang.Thread', 'sleep', 5000L)").collect()
        ids = {spark.session_id}
    assert list((tmp_path / "left").rglob("*.parquet")) == []
    assert list((tmp_path / "left" / "_delta_log").glob("*.json")) == []

    with session(settings, "night.1/merge") as spark:
        spark.range(1).write.format("delta").save(str(tmp_path / "left"))  # Control: what is not killed is there.
        ids.add(spark.session_id)
    assert list((tmp_path / "left" / "_delta_log").glob("*.json")) != []
    assert len(ids) == 2
    assert spark_keeper.running(settings) == shared

    os.kill(shared.keeper, signal.SIGKILL)
    assert until(lambda: not is_there(shared.server))
    assert spark_keeper.running(settings) is None


def test_the_server_ends_when_the_lease_does_though_the_client_was_killed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_SPARK_LEASE", "3")
    client = begin(settings, tmp_path / "long", rows=9)
    shared = spark_keeper.running(settings)
    assert shared is not None
    lease = settings.run / spark_keeper.LEASE
    renewed = lease.stat().st_mtime
    assert until(lambda: lease.stat().st_mtime > renewed + 3), "a client that lives renews the lease"
    assert spark_keeper.running(settings) == shared
    client.kill()
    client.communicate()
    assert until(lambda: not is_there(shared.keeper))
    assert not is_there(shared.server)
    assert spark_keeper.running(settings) is None
    assert not (settings.run / spark_keeper.FOLDER).exists()
    stop(settings)


def test_an_address_of_a_cluster_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("LAKEHOUSE_SPARK_REMOTE", "sc://spark.example:15002")
    start(settings)
    assert spark_keeper.running(settings) is None
    assert with_id("sc://spark.example:15002", "a") == "sc://spark.example:15002/;session_id=a"
    assert with_id("sc://localhost:1/;token=t", "a") == "sc://localhost:1/;token=t;session_id=a"
    monkeypatch.setenv("LAKEHOUSE_SPARK_REMOTE", "spark://spark.example:7077")
    with pytest.raises(LakehouseError, match="SPARK-004"):
        start(settings)
