"""The secrets of a deployment in containers: `python -m jobs.cluster_secrets secrets` makes those that are missing.

One file each, random, for their owner alone; none is ever replaced. `docker-compose.yml` says which service sees which.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import asyncssh
import yaml

from jobs.province.exchange_points.sftp import USER, public
from jobs.transports.connections import FILE
from lakehouse import keys
from lakehouse.files import write_whole
from lakehouse.settings import Settings

DATABASE, POINT, POINT_PORT = "database", "demonstration-point", 2022
SUPERSET_DATABASE, REDIS = "superset-database", "redis"


def make(folder: Path) -> list[Path]:
    """Make the secrets that are missing, and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = [folder / name for name, content in RANDOM.items() if _made(folder / name, content)]
    made += [folder / name for name, content in DERIVED.items() if _made(folder / name, partial(content, folder))]
    return made + keys.init(Settings(home=folder, site=folder, keys=folder / "keys"))


def _made(path: Path, content: Callable[[], str]) -> bool:
    if path.exists():
        return False
    write_whole(path, content().encode(), 0o600)
    return True


def _password() -> str:
    return secrets.token_urlsafe(24)


def _long() -> str:
    return secrets.token_urlsafe(48)


def _redis_users() -> str:
    """Redis's file of users: one, who may do everything but run the server."""
    return f"user default on >{_password()} ~* &* +@all -@admin\n"


def _host_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _database_address(folder: Path) -> str:
    password = (folder / "database_password").read_text()
    return f"postgresql+psycopg://airflow:{password}@{DATABASE}:5432/airflow"


def _superset_database_address(folder: Path) -> str:
    password = (folder / "superset_database_password").read_text()
    return f"postgresql+psycopg2://superset:{password}@{SUPERSET_DATABASE}:5432/superset"


def _redis_address(folder: Path) -> str:
    (password,) = re.findall(r">(\S+)", (folder / "redis_users").read_text())
    return f"redis://:{password}@{REDIS}:6379/0"


def _connections(folder: Path) -> str:
    """The file of connections beside the keys, with the demonstration point in it; hospitals are added by hand."""
    host_key = asyncssh.read_private_key(folder / "point_host_key")
    password = (folder / "point_password").read_text()
    point = {"conn_type": "sftp", "host": POINT, "port": POINT_PORT, "login": USER, "password": password}
    return yaml.safe_dump({"demonstration": {**point, "extra": {"host_key": public(host_key)}}}, sort_keys=False)


RANDOM: Mapping[str, Callable[[], str]] = {
    "database_password": _password,
    "airflow_passwords": lambda: json.dumps({"admin": _password()}),
    "airflow_fernet_key": _fernet_key,
    "airflow_jwt_secret": _password,
    "airflow_page_secret": _password,
    "redis_users": _redis_users,
    "spark_secret": _password,
    "superset_database_password": _password,
    "superset_guest_secret": _long,
    "superset_mail": str,  # Empty, and so no reports, until somebody writes the address of a server into it.
    "superset_password": _password,
    "superset_secret_key": _long,
    "point_host_key": _host_key,
    "point_password": _password,
}
DERIVED: Mapping[str, Callable[[Path], str]] = {
    "airflow_database": _database_address,
    "superset_database": _superset_database_address,
    "superset_redis": _redis_address,
    f"keys/{FILE}": _connections,
}


if __name__ == "__main__":
    for file in make(Path(sys.argv[1])):
        print(f"Made {file}.")
