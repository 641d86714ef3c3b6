"""Connections: host, login and secrets of a point, by name. The site names them; only a secrets backend holds them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from jobs.transports.faults import Unreachable
from lakehouse.settings import Settings

FILE = "connections.yaml"


@dataclass(frozen=True)
class Connection:
    """What Airflow knows of a connection, under Airflow's names.

    kind: `conn_type`, the scheme of its URI.   schema: database, or the scheme of an HTTP address.   extra: settings that
    only this kind has. Nothing secret is shown when it is printed.
    """

    kind: str
    host: str
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> str:
        """Host and port, to name the place in a message."""
        return f"{self.host}:{self.port}" if self.port else self.host


# Finds a connection by its name. Raises Unreachable (PULL-CONNECTION, PULL-SETTINGS). Under Airflow it asks Airflow.
Secrets: TypeAlias = Callable[[str], Connection]


def from_environment(settings: Settings) -> Secrets:
    """Connections in AIRFLOW_CONN_<NAME>, then in `connections.yaml` beside the keys; both as Airflow reads them."""

    def find(name: str) -> Connection:
        text = os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
        return parsed(name, _in_file(settings, name) if text is None else text)

    return find


def parsed(name: str, stated: Any) -> Connection:
    """A connection from a URI, a JSON text, or the mapping that one holds. Raises Unreachable (PULL-SETTINGS)."""
    try:
        if isinstance(stated, str) and not stated.lstrip().startswith("{"):
            return _from_uri(stated)
        return _from_mapping(json.loads(stated) if isinstance(stated, str) else stated)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unreachable("PULL-SETTINGS", name) from None


def _in_file(settings: Settings, name: str) -> Any:
    """What the private file says of a connection. Raises Unreachable where there is none or others may read it."""
    path = settings.keys / FILE
    if not path.is_file():
        raise Unreachable("PULL-CONNECTION", name)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Unreachable("PULL-SETTINGS", f"others may read {path}: run chmod 600")
    try:
        stated = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Unreachable("PULL-SETTINGS", f"{path} is no YAML") from None
    if not isinstance(stated, dict) or name not in stated:
        raise Unreachable("PULL-CONNECTION", name)
    return stated[name]


def _from_uri(text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:
        extra |= json.loads(extra.pop("__extra__"))
    return Connection(
        kind=parts.scheme,
        host=unquote(parts.hostname or ""),
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        schema=unquote(parts.path.removeprefix("/")) or None,
        extra=extra,
    )


def _from_mapping(stated: Mapping[str, Any]) -> Connection:
    extra = stated.get("extra") or {}
    port = stated.get("port")
    return Connection(
        kind=str(stated["conn_type"]),
        host=str(stated.get("host") or ""),
        port=int(port) if port is not None else None,
        login=stated.get("login"),
        password=stated.get("password"),
        schema=stated.get("schema"),
        extra=json.loads(extra) if isinstance(extra, str) else dict(extra),
    )
