"""A PostgreSQL server on loopback, as a front-end database stands in a hospital."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jobs.transports.connections import Connection
from lakehouse.errors import LakehouseError

OWNER = "hospital"
START_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
SYSTEM_PROGRAMS = Path("/usr/lib/postgresql")
# It holds nothing that is not made again: no write waits for the disk.
OPTIONS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "full_page_writes": "off"}


@contextmanager
def serving() -> Iterator[Connection]:
    """A server with an empty database, until the block ends or this process dies; how its owner connects to it.

    Raises LakehouseError PROVINCE-003 where no server is installed or it does not start.
    """
    programs, folder = installed(), Path(tempfile.mkdtemp(prefix="lakehouse-postgres-"))
    try:
        user = _other_user(folder)
        password = secrets.token_urlsafe(16)
        _make(programs, folder, user, password)
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with _running(programs, folder, user, port):
            yield Connection("postgresql", "127.0.0.1", port, OWNER, password, "postgres")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path:
    """The folder of the server's programs: of the newest version that Debian installed, else of the one on PATH.

    Raises PROVINCE-003 where there is none."""
    versions = sorted(SYSTEM_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        what = "No PostgreSQL server is installed."
        raise LakehouseError("PROVINCE-003", what, do="Install Debian's postgresql, or put initdb on the PATH.")
    return Path(found).resolve().parent


def _other_user(folder: Path) -> str | None:
    """Whom the server runs as: PostgreSQL refuses root. None: as we do."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    return user


def _make(programs: Path, folder: Path, user: str | None, password: str) -> None:
    """A fresh cluster whose owner needs the password, also from this machine."""
    file = folder / "password"
    file.write_text(password)
    file.chmod(0o600)
    if user:
        os.chown(file, pwd.getpwnam(user).pw_uid, -1)
    command = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--pwfile", str(file), "--username", OWNER]
    command += ["--no-sync", "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"]
    done = subprocess.run(command, cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file.unlink()
    if done.returncode != 0:
        raise _no_start(folder)


@contextmanager
def _running(programs: Path, folder: Path, user: str | None, port: int) -> Iterator[None]:
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    command += [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        command, cwd=folder, user=user, stdin=quiet, stdout=quiet, stderr=quiet, preexec_fn=_die_with_parent
    )
    try:
        _wait(server, folder)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # It ends the sessions first.
        try:
            server.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the server says that it is ready."""
    status = folder / "data" / "postmaster.pid"
    for _ in range(int(START_SECONDS / 0.05)):
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            if status.is_file() and status.read_text().rstrip().endswith("ready"):
                return
            continue
        break
    raise _no_start(folder)


def _die_with_parent() -> None:
    ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)  # It ends at once, with all its processes.


def _no_start(folder: Path) -> LakehouseError:
    what = "The PostgreSQL server did not start."
    return LakehouseError("PROVINCE-003", what, where=str(folder), do="Check disk and memory, and its packages.")
