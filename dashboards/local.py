"""A Superset on this machine alone: metadata in SQLite, results cached in files, the served file opened read-only.

Its own program is started, in its own environment; nothing of it is imported. When the block ends, its whole group ends.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from dashboards.client import Superset
from dashboards.superset.metadata import ROOT, environment
from lakehouse.errors import LakehouseError
from lakehouse.files import kept, write_whole
from lakehouse.processes import end_group, free_port, listening, start

ENVIRONMENT = ROOT / ".venv-superset"
ADMINISTRATOR, PORT = "admin", 8088
START_SECONDS, STOP_SECONDS = 180.0, 20.0
GUNICORN = ("--workers=2", "--worker-class=gthread", "--threads=4", "--timeout=120", "--preload")


@dataclass(frozen=True)
class LocalSuperset:
    """A running Superset. address: of its pages.   home: its folder; `passwords/` has a file for each reader, its owner's alone."""

    address: str
    home: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def as_administrator(self) -> Superset:
        """A session of the administrator."""
        return Superset(self.address, ADMINISTRATOR, password(self.home, ADMINISTRATOR))

    def as_reader(self, user: str) -> Superset:
        """A session of a reader whose password was made here."""
        return Superset(self.address, user, password(self.home, user))


def password(home: Path, user: str) -> str:
    """A user's password, made once and kept for the folder's owner alone."""
    return kept(home / "passwords" / user, secrets.token_urlsafe(16))


@contextmanager
def superset(home: Path, served: Path, **more: str) -> Iterator[LocalSuperset]:
    """Start Superset over a served link; it ends with the block, and with it everything that it started.

    more: variables of its environment. Raises SUPERSET-002 without its environment, SUPERSET-003 when it does not come up."""
    prepared = ENVIRONMENT / "superset.db"
    if not prepared.exists():
        raise LakehouseError("SUPERSET-002", "Superset is not installed.", do="Run `make superset`, which installs it.")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)  # Hashes of passwords and the rows of tenants are in it.
    database = home / "superset.db"
    if not database.exists():
        shutil.copyfile(prepared, database.with_suffix(".new"))
        database.with_suffix(".new").rename(database)
    variables = _variables(home, served) | more
    _make_administrator(home, variables)
    port = PORT if not listening(PORT) else free_port()
    with open(home / "superset.log", "ab") as log:
        serve = [*_program("gunicorn"), *GUNICORN, f"--bind=127.0.0.1:{port}", "superset.app:create_app()"]
        process = start(serve, log, variables, home)
        running = LocalSuperset(f"http://127.0.0.1:{port}", home, process)
        try:
            _wait(running)
            yield running
        finally:
            end_group(process, STOP_SECONDS)


def _variables(home: Path, served: Path) -> dict[str, str]:
    secret, guest = (kept(home / name, secrets.token_urlsafe(48)) for name in ("secret.key", "guest.key"))
    local = {"SUPERSET_OVER_HTTP": "loopback", "TZ": "Asia/Shanghai"}
    return environment(home, f"sqlite:///{home / 'superset.db'}", secret, guest, served) | local


def _make_administrator(home: Path, variables: dict[str, str]) -> None:
    """Make the first user, once."""
    if (home / "passwords" / ADMINISTRATOR).exists():
        return
    made = secrets.token_urlsafe(16)
    command = [*_program("python"), "-m", "dashboards.superset.administrator", ADMINISTRATOR]
    done = subprocess.run(command, input=made, env=variables, cwd=home, capture_output=True, text=True)
    if done.returncode != 0:
        (home / "superset.log").write_text(done.stderr)
        raise _not_up(home)
    write_whole(home / "passwords" / ADMINISTRATOR, made.encode(), 0o600)


def _program(name: str) -> list[str]:
    """A program of the environment; its Python starts the others."""
    python = str(ENVIRONMENT / "bin" / "python")
    return [python] if name == "python" else [python, str(ENVIRONMENT / "bin" / name)]


def _wait(running: LocalSuperset) -> None:
    """Until its health page answers."""
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(running.address):
        if running.process.poll() is not None or time.monotonic() > deadline:
            raise _not_up(running.home)
        time.sleep(0.3)


def is_healthy(address: str) -> bool:
    """Whether a Superset says that it is there."""
    try:
        return httpx.get(f"{address}/health", timeout=10, trust_env=False).text == "OK"
    except httpx.HTTPError:
        return False


def _not_up(home: Path) -> LakehouseError:
    return LakehouseError(
        "SUPERSET-003", "Superset did not come up.", where=str(home / "superset.log"), do="Read the end of that log."
    )
