"""Superset as `docker-compose.yml` has it, in plain processes: PostgreSQL, Redis, several workers, secrets in files.

Commands and settings are that file's; only names of machines, ports and folders become those of this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from dashboards.local import ADMINISTRATOR, ENVIRONMENT, LocalSuperset, is_healthy
from dashboards.superset.metadata import ROOT
from jobs import cluster_secrets
from jobs.cluster_secrets import REDIS
from jobs.province.exchange_points import postgres
from lakehouse.files import kept
from lakehouse.processes import end_group, free_port, listening, start
from tests.proofs.processes import until

SERVICES: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
WEB, PAGE, REDIS_PORT = "superset", "8088", "6379"
MAIL, PORTS = "mail", "ports.yaml"
PATIENCE = 20.0


@dataclass(frozen=True)
class Deployment:
    """Where the parts are on this machine. folder: `secrets/`, `home/` and a log of each part.   ports: of services."""

    folder: Path
    served: Path
    ports: Mapping[str, int]

    @property
    def secrets(self) -> Path:
        """What the containers have as `/run/secrets`."""
        return self.folder / "secrets"

    def address(self, port: int | None = None) -> str:
        """Of the pages: those of the service, or those at another port."""
        return f"http://127.0.0.1:{port or self.ports[WEB]}"

    def here(self, text: str, port: int | None = None) -> str:
        """A word or setting of the file, as it is on this machine. port: of pages, if not the service's."""
        for there, here in {
            "/run/secrets": str(self.secrets),
            "/serving/current": str(self.served),
            "/superset/beat": str(self.folder / "home" / "beat"),
            "/opt/lakehouse": str(ROOT),
            f"0.0.0.0:{PAGE}": f"127.0.0.1:{port or self.ports[WEB]}",
            f"http://{WEB}:{PAGE}": self.address(),
            f"http://127.0.0.1:{PAGE}": self.address(),
        }.items():
            text = text.replace(there, here)
        return str(self.folder / "home") if text == "/superset" else text

    def command(self, service: str, port: int | None = None) -> list[str]:
        """What the service runs."""
        words = [self.here(word, port) for word in SERVICES[service]["command"]]
        return [*words, "--port", str(self.ports[REDIS]), "--bind", "127.0.0.1"] if service == REDIS else words

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """What the service's programs are told; the image's PATH begins with its environment."""
        programs = (
            ENVIRONMENT / "bin" if "superset.Dockerfile" in str(SERVICES[service]) else Path(sys.executable).parent
        )
        settings = {name: self.here(value) for name, value in SERVICES[service].get("environment", {}).items()}
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "NO_PROXY": "*",
            **settings,
            **more,
        }

    def once(self, service: str) -> str:
        """Run a service that ends; what it said. Raises RuntimeError when it fails."""
        done = subprocess.run(
            self.command(service), env=self.environment(service), cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"{service}: {done.stderr[-2000:]}")
        return done.stdout

    @contextmanager
    def part(self, service: str, port: int | None = None, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A service that runs until the block ends."""
        with open(self.folder / f"{service}.log", "ab") as log:
            process = start(self.command(service, port), log, self.environment(service, **more), self.folder)
            try:
                yield process
            finally:
                end_group(process, PATIENCE)

    @contextmanager
    def pages(self, port: int | None = None, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Superset's pages, as soon as they answer."""
        with self.part(WEB, port, **more) as process:
            until(partial(is_healthy, self.address(port)), process, self.folder / f"{WEB}.log")
            yield process


def deployment(home: Path, served: Path) -> Deployment:
    """The deployment that runs, whose Superset has that home."""
    return Deployment(home.parent, served, yaml.safe_load((home.parent / PORTS).read_text()))


@contextmanager
def deployed(folder: Path, served: Path) -> Iterator[LocalSuperset]:
    """Everything that Superset's part of the file starts, over a served link, until the block ends."""
    whole = Deployment(folder, served, {service: free_port() for service in (WEB, REDIS, MAIL)})
    (folder / PORTS).write_text(yaml.safe_dump(dict(whole.ports)))
    (folder / "home").mkdir()
    with ExitStack() as parts:
        _keep_secrets(whole, parts.enter_context(postgres.serving()))
        redis = parts.enter_context(whole.part(REDIS))
        until(partial(listening, whole.ports[REDIS]), redis, folder / f"{REDIS}.log")
        whole.once("superset-init")
        pages = parts.enter_context(whole.pages())
        parts.enter_context(whole.part("superset-worker"))
        made = (whole.secrets / "superset_password").read_text()
        kept(folder / "home" / "passwords" / ADMINISTRATOR, made)
        yield LocalSuperset(whole.address(), folder / "home", pages)


def _keep_secrets(whole: Deployment, database: Any) -> None:
    """The secrets as they are made for a deployment, with addresses of this machine, and one of a server for mail."""
    cluster_secrets.make(whole.secrets)
    place = f"{database.login}:{database.password}@{database.address}/{database.schema}"
    redis = whole.secrets / "superset_redis"
    (whole.secrets / "superset_database").write_text(f"postgresql+psycopg2://{place}")
    (whole.secrets / "superset_mail").write_text(f"smtp://127.0.0.1:{whole.ports[MAIL]}?from=lake@example.org")
    redis.write_text(redis.read_text().replace(f"{REDIS}:{REDIS_PORT}", f"127.0.0.1:{whole.ports[REDIS]}"))
