"""What a process and all it starts cost: wall and CPU seconds, and the most memory they held at one time."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.2  # Seconds between two looks at memory.


@dataclass(frozen=True)
class Cost:
    """wall, cpu: seconds, of JVM and workers too.   peak: GiB, the sum of the high-water marks of all processes that lived
    at one time, for two looks at least: one that is being started has all the pages of its parent for a moment, and a JVM
    starts some for its files. Pages that several share count in each."""

    wall: float
    cpu: float
    peak: float


def cost_of(command: Sequence[str], environment: Mapping[str, str], log: Path, cores: int | None = None) -> Cost:
    """Run a command to its end and weigh it; `cores` pins it to the first ones. Its output goes to `log`.

    Raises CalledProcessError when it fails. Nothing else may be running under this process meanwhile.
    """
    ctypes.CDLL("libc.so.6").prctl(PR_SET_CHILD_SUBREAPER, 1)  # What outlives its parent is waited for here.
    pin = ["taskset", "-c", f"0-{cores - 1}"] if cores else []
    began, before = time.monotonic(), children_seconds()
    peak, known = 0, set[int]()
    with open(log, "ab") as stream:
        process = subprocess.Popen([*pin, *command], stdout=stream, stderr=stream, env={**os.environ, **environment})
        while process.poll() is None:
            alive = set(family(process.pid))
            peak = max(peak, sum(high_water(pid) for pid in alive & known))
            known = alive
            time.sleep(EVERY)
    wall = time.monotonic() - began
    reap()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), stderr=f"see {log}")
    return Cost(wall, children_seconds() - before, peak / 2**20)


def children_seconds() -> float:
    """CPU seconds of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def family_seconds() -> float:
    """CPU seconds so far of this process and all that it has started."""
    return sum(_seconds(pid) for pid in family(os.getpid()))


def family(root: int) -> Iterator[int]:
    """A process and its descendants, as far as they live."""
    children: dict[int, list[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(file):
            children.setdefault(int(fields[1]), []).append(int(file.parent.name))
    waiting = [root]
    while waiting:
        yield (pid := waiting.pop())
        waiting += children.get(pid, [])


def high_water(pid: int) -> int:
    """KiB of the most memory that a process has held so far."""
    lines = [line for line in _read(Path(f"/proc/{pid}/status")).splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) if lines else 0


def reap() -> None:
    """Wait for whatever a measured process left behind."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        return


def _seconds(pid: int) -> float:
    """Own CPU seconds of a process, and those of its children that it has waited for."""
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return sum(map(int, fields[11:15])) / TICKS if fields else 0.0


def _fields(file: Path) -> list[str]:
    """What `/proc/<pid>/stat` says behind the name; nothing when the process is gone."""
    return _read(file).rpartition(") ")[2].split()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # The process is gone.
        return ""
