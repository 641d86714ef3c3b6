"""Programs that we start on this machine: they end when we do, and talk over ports of loopback."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent dies, so that `kill -9` of a night leaves nothing that writes on."""
    ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(
    command: Sequence[str], log: IO[bytes], environment: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, which the kernel ends when this process dies. It works in a folder, asks
    nobody, and says everything to a log."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        cwd=folder,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def end_group(process: subprocess.Popen[bytes], patience: float) -> None:
    """End a process and its whole group, gently first; after `patience` seconds not gently. It leads a session of its own."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ask)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + patience
        while _is_there(process.pid) and time.monotonic() < deadline:
            process.poll()
            time.sleep(0.2)
    process.wait()


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
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
