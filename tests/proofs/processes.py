"""`lakehouse` as a process of its own, and every process that it starts: found by the environment that they inherit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("lakehouse")
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
PATIENCE = 600.0  # Seconds in which a part must be up.
MEMORY = "2g"  # Enough for what the proofs take, and quick to get.


@dataclass(frozen=True)
class Home:
    """A deployment in folders of its own: what it writes, and the site and keys that it shares with others."""

    folder: Path
    site: Path
    keys: Path

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of its processes."""
        own = {"LAKEHOUSE_HOME": self.folder, "LAKEHOUSE_SITE": self.site, "LAKEHOUSE_KEYS": self.keys}
        return {
            **os.environ,
            "LAKEHOUSE_SPARK_MEMORY": MEMORY,
            **{name: str(path) for name, path in own.items()},
            **more,
        }

    def start(self, *words: str, told: Path, **more: str) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes to the file `told`."""
        with told.open("wb") as stream:
            return subprocess.Popen(
                [str(COMMAND), *words],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=self.environment(**more),
                start_new_session=True,
            )

    def ask(self, *words: str, **more: str) -> str:
        """What a command prints. Raises CalledProcessError when it fails, with what it said beside."""
        done = subprocess.run(
            [str(COMMAND), *words], env=self.environment(**more), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"lakehouse {' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def processes(self) -> dict[int, str]:
        """Processes that work for this home: pid -> command line."""
        mark = f"LAKEHOUSE_HOME={self.folder}".encode()
        return {pid: command for pid, command, environment in everything() if mark in environment.split(b"\0")}

    def server(self) -> int | None:
        """The Java process of the Spark server, once it runs its main class."""
        return next((pid for pid, command in self.processes().items() if _is_server(command)), None)

    def seconds_until_nothing_runs(self, patience: float) -> float | None:
        """How long it takes until no process is left; None when some are left for longer than that."""
        begun = time.monotonic()
        while self.processes():
            if time.monotonic() - begun > patience:
                return None
            time.sleep(0.1)
        return time.monotonic() - begun


def _is_server(command: str) -> bool:
    return SERVER in command and command.split(" ", 1)[0].endswith("java") and "launcher.Main" not in command


def end(process: subprocess.Popen[bytes], patience: float = 30) -> None:
    """Ask a process to end; kill its group where it does not."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(happens: Callable[[], bool], member: subprocess.Popen[bytes], told: Path) -> None:
    """Wait until a part is up. Raises RuntimeError when it has ended, or takes too long, with what it said."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        if member.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{told.stem} did not come up: {told.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def everything() -> list[tuple[int, str, bytes]]:
    """Pid, command line and environment of every process that lives and may be read."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            environment = (place / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if command:  # A process that has ended and waits for its parent has none.
            found.append((int(place.name), command, environment))
    return found
