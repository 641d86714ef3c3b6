"""An Airflow on this machine alone: standalone, SQLite, one executor, and the few calls to its interface that we need.

Airflow's own program is started, nothing of it is imported. When the block ends, its whole process group ends.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from jobs.transports.connections import Connection
from lakehouse.errors import LakehouseError
from lakehouse.files import kept
from lakehouse.processes import end_group, free_port, listening, start
from lakehouse.settings import Settings

DAGS = Path(__file__).resolve().parents[1] / "dags"
USER, PORT = "admin", 8080
START_SECONDS, STOP_SECONDS = 300.0, 30.0
TASK_SECONDS = 12 * 3600  # For how long a task may talk to Airflow: a first night may load years.
PAUSES = (1.0, 2.0, 4.0)
PULLS = 4  # Groups of points that are pulled at the same time.


@dataclass
class LocalAirflow:
    """A running Airflow. address: of its page.   password: of its one user, `admin`."""

    address: str
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)
    _client: httpx.Client | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call its interface, below `/api/v2`; again after a moment when it says that it failed itself, as it did once in a
        proof, without a word in its log. Raises httpx.HTTPError."""
        if self._client is None:
            said = httpx.post(
                f"{self.address}/auth/token", json={"username": USER, "password": self.password}, timeout=60
            )
            token = said.raise_for_status().json()["access_token"]
            self._client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        for seconds in PAUSES:
            answer = self._client.request(method, f"{self.address}/api/v2{path}", json=body)
            if not answer.is_server_error:
                break
            time.sleep(seconds)
        return answer.raise_for_status().json()

    def ready(self, dags: list[str]) -> None:
        """Wait until DAGs have been read, and have a pool for the pulls."""
        deadline = time.monotonic() + START_SECONDS
        while set(dags) - {each["dag_id"] for each in self.ask("GET", "/dags?limit=100")["dags"]}:
            self._expect(time.monotonic() < deadline)
            time.sleep(1)
        if all(each["name"] != "points" for each in self.ask("GET", "/pools")["pools"]):
            self.ask("POST", "/pools", {"name": "points", "slots": PULLS})

    def unpause(self, dags: list[str]) -> None:
        """Let DAGs run: what was started before, then by the clock."""
        for dag in dags:
            self.ask("PATCH", f"/dags/{dag}", {"is_paused": False})

    def run(self, dag: str, conf: Mapping[str, Any], as_of: datetime) -> str:
        """Start a run; its id. as_of: with a zone, and past; of runs that wait, the scheduler takes the earliest first."""
        asked = {"logical_date": None, "run_after": as_of.isoformat(), "conf": dict(conf)}
        return str(self.ask("POST", f"/dags/{dag}/dagRuns", asked)["dag_run_id"])

    def state(self, dag: str, run: str) -> str:
        """State of a run: queued, running, success or failed."""
        return str(self.ask("GET", f"/dags/{dag}/dagRuns/{run}")["state"])

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run, of mapped tasks each."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances?limit=100&offset={len(found)}")
            found += page["task_instances"]
            if len(found) >= page["total_entries"]:
                return found

    def _expect(self, is_well: bool) -> None:
        if not is_well or self.process.poll() is not None:
            raise LakehouseError(
                "AIRFLOW-001",
                "Airflow did not come up.",
                where="airflow.log in its home",
                do="Read the end of that log; `make setup` mends the environment.",
            )


@contextmanager
def airflow(
    home: Path, settings: Settings, connections: Mapping[str, Connection], **more: str
) -> Iterator[LocalAirflow]:
    """Start Airflow with the DAGs, over a lake; it ends with the block, and with it everything that it started.

    home: of Airflow.   connections: by the names that the site's points give.   more: variables of its environment.
    Raises AIRFLOW-001.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = PORT if not listening(PORT) else free_port()
    environment = _environment(home, settings, connections, port) | more
    with open(home / "airflow.log", "ab") as log:
        process = start([sys.executable, "-m", "airflow", "standalone"], log, environment, home)
        running = LocalAirflow(f"http://127.0.0.1:{port}", _password(home), process)
        try:
            _wait(running)
            yield running
        finally:
            end_group(process, STOP_SECONDS)


def _wait(running: LocalAirflow) -> None:
    """Until the page answers and the scheduler has reported."""
    deadline = time.monotonic() + START_SECONDS
    while not _is_healthy(running):
        running._expect(time.monotonic() < deadline)
        time.sleep(0.5)


def _is_healthy(running: LocalAirflow) -> bool:
    try:
        said = httpx.get(f"{running.address}/api/v2/monitor/health", timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return False
    return all(said.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler"))


def _environment(home: Path, settings: Settings, connections: Mapping[str, Connection], port: int) -> dict[str, str]:
    """What makes a program this Airflow. Secrets go through the environment of its processes, and into no file of the site."""
    options = {
        "CORE__DAGS_FOLDER": str(DAGS),
        "CORE__DEFAULT_TIMEZONE": "Asia/Shanghai",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__FERNET_KEY": kept(home / "fernet.key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__SECRET_KEY": secrets.token_hex(16),
        "API__WORKERS": "1",
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "EXECUTION_API__JWT_EXPIRATION_TIME": str(TASK_SECONDS),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    ours = {"LAKEHOUSE_HOME": settings.home, "LAKEHOUSE_SITE": settings.site, "LAKEHOUSE_KEYS": settings.keys}
    others = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return (
        others
        # Standalone starts its parts by the name of the program.
        | {"AIRFLOW_HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        | {f"AIRFLOW__{name}": value for name, value in options.items()}
        | {f"AIRFLOW_CONN_{name.upper()}": as_json(each) for name, each in connections.items()}
        | {name: str(path) for name, path in ours.items()}
    )


def as_json(connection: Connection) -> str:
    """A connection as AIRFLOW_CONN_<NAME> holds it."""
    fields = {name: value for name, value in vars(connection).items() if name not in ("kind", "extra")}
    return json.dumps({"conn_type": connection.kind, **fields, "extra": dict(connection.extra)})


def _password(home: Path) -> str:
    """The user's password, made once and kept for the home's owner alone."""
    text = kept(home / "passwords.json", json.dumps({USER: secrets.token_urlsafe(12)}))
    return str(json.loads(text)[USER])
