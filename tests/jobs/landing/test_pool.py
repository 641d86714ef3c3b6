"""The pool of processes: the same result as in one process, and nobody left behind when its caller dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.landing import delivery
from jobs.landing.land import land_night
from jobs.province.story import visit, write_delivery
from lakehouse.settings import Settings

NIGHT = date(2026, 6, 30)
ROOT = Path(__file__).resolve().parents[3]
# Programs of their own: they are killed, or know a class that workers forked for other tests do not.
BEGIN = """
import os, signal, sys, time
from pathlib import Path
from jobs.landing.pool import pool
from jobs.landing.pull import FolderFiles, offer
from jobs.landing.worker import Task
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

home, keys = map(Path, sys.argv[1:])
settings = Settings(home, home, keys)
"""
WAITING = """
if __name__ == "__main__":
    offered = offer("P001", "x", FolderFiles(home), b"")
    with pool(2) as run:
        list(run([Task(settings, offered, "P001/x", "standard-1", home) for _ in range(2)]))
        print("ready", flush=True)
        time.sleep(600)
"""
DEADLY = """
class Deadly:
    # Files whose reading kills the process that reads, as want of memory does.
    def names(self):
        return ["x"]

    def read(self, name):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    task = Task(settings, offer("P001", "x", Deadly(), b""), "P001/x", "standard-1", home, sealed=home / "x")
    try:
        with pool(1) as run:
            list(run([task]))
    except LakehouseError as error:
        print(error)
"""


@pytest.fixture
def program(tmp_path: Path, settings: Settings) -> Callable[[str], tuple[list[str], dict[str, str]]]:
    """Command and environment of a program that begins with `BEGIN`."""

    def write(body: str) -> tuple[list[str], dict[str, str]]:
        script = tmp_path / "program.py"
        script.write_text(BEGIN + body)
        command = [sys.executable, str(script), str(settings.home), str(settings.keys)]
        return command, {**os.environ, "PYTHONPATH": str(ROOT)}

    return write


def test_many_processes_land_what_one_does(settings: Settings, offers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One delivery is shared out table by table, the others go whole."""
    folder = write_delivery(offers / "P001", visit("V1"), files=2)
    write_delivery(offers / "P002", visit("V1"), vendor="huakang-3")
    monkeypatch.setattr(delivery, "LARGE", sum(path.stat().st_size for path in folder.glob("*.gz")))
    alone = Settings(home=settings.home / "alone", site=settings.site, keys=settings.keys)
    one, many = land_night(alone, NIGHT, NIGHT, workers=0), land_night(settings, NIGHT, NIGHT, workers=2)
    assert [each.status for each in many] == ["landed", "landed"]
    assert many == one
    for each in many:
        for table in each.tables:
            files = [place.landing / each.id / f"{table}.parquet" for place in (alone, settings)]
            assert pq.read_table(files[0]) == pq.read_table(files[1])


def session(leader: int) -> list[int]:
    """The processes of a session that live."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *numbers = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(numbers[2]) == leader and state != "Z":
            alive.append(int(stat.parent.name))
    return alive


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_no_worker_outlives_a_caller_that_is_killed(program: Callable[[str], tuple[list[str], dict[str, str]]]) -> None:
    command, environment = program(WAITING)
    caller = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True, env=environment)
    with caller:
        assert caller.stdout is not None
        assert caller.stdout.readline() == b"ready\n"
        assert len(session(caller.pid)) >= 4  # The caller, the server it forks from, and two workers.
        os.kill(caller.pid, signal.SIGKILL)
        for _ in range(300):
            if not (left := session(caller.pid)):
                break
            time.sleep(0.1)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert left == []


def test_a_worker_that_is_killed_is_said_in_a_sentence(
    program: Callable[[str], tuple[list[str], dict[str, str]]], settings: Settings
) -> None:
    command, environment = program(DEADLY)
    settings.home.mkdir()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("LAND-002: ")
    assert not list(settings.home.glob("[!.]*"))
