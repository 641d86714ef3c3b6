"""A site with one point that pushes, and a receiver for it on the loopback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from jobs.province.exchange_points.running import HOST, running
from jobs.province.story import write_site
from jobs.receiver.app import receiver
from jobs.site import load_points
from jobs.transports import envelope
from jobs.transports.connections import Connection
from jobs.transports.envelope import Keys, Letter
from lakehouse import keys
from lakehouse.settings import Settings

SECRETS = {"signing_secret": "5a" * 32, "cipher_secret": "c3" * 16}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """P001 pushes in the dialect huakang-3, P002 has a folder."""
    write_site(tmp_path / "site", {"P001": "huakang-3", "P002": "standard-1"})
    (tmp_path / "offers" / "P002").mkdir(parents=True)
    file = tmp_path / "site" / "points" / "P001.yaml"
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**declared, "transport": {"kind": "push", "connection": "p001"}}), "utf-8")
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    keys.init(made)
    return made


def secrets(name: str) -> Connection:
    """The connection of P001."""
    assert name == "p001"
    return Connection("http", "", extra=SECRETS)


@dataclass
class Pusher:
    """A hospital that pushes. keys: what it signs and encrypts with.   last: the letter that it sent last."""

    port: int
    point: str = "P001"
    keys: Keys = field(default_factory=lambda: envelope.keys_of(SECRETS))
    last: Letter | None = None

    def post(self, target: str, clear: bytes, now: int | None = None) -> dict[str, Any]:
        """Send a body in an envelope; what the answer says, once its own envelope was opened."""
        own = {envelope.POINT: self.point, envelope.NONCE: envelope.nonce()}
        self.last = envelope.pack(self.keys, Letter("POST", target, own, clear), now or envelope.clock())
        return self.send(self.last)

    def send(self, letter: Letter) -> dict[str, Any]:
        """Send a letter as it is. Of an answer in an envelope, envelope and nonce are looked at."""
        answer = httpx.post(
            f"http://{HOST}:{self.port}{letter.target}",
            content=letter.body,
            headers=dict(letter.headers),
            timeout=30,
            trust_env=False,
        )
        if answer.headers["content-type"] == "application/json":
            told: dict[str, Any] = answer.json()
            assert told["code"] == answer.status_code
            return told
        opened = Letter(str(answer.status_code), letter.target, dict(answer.headers.items()), answer.content)
        assert answer.headers[envelope.NONCE] == letter.headers[envelope.NONCE]
        return json.loads(envelope.unpack(self.keys, opened, envelope.clock()))

    def upload(self, method: str, elements: Any, query: str = "") -> dict[str, Any]:
        """Upload elements of a method."""
        return self.post(f"/upload/{method}{query}", json.dumps(elements, ensure_ascii=False).encode())

    def close(self, files: dict[str, bytes], sequence: int = 1, **changed: Any) -> dict[str, Any]:
        """Close a delivery of uploads: name of the file -> body."""
        return self.post("/close", manifest(files, sequence, **changed))


def manifest(files: dict[str, bytes], sequence: int = 1, **changed: Any) -> bytes:
    """The manifest of a delivery of uploads."""
    entries = [
        {
            "name": name,
            "table": "encounter",
            "rows": 1,
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "encoding": "GB18030",
            "fen": 0,
        }
        for name, body in files.items()
    ]
    head = {
        "standard": "1",
        "point": "P001",
        "business_date": "2026-06-30",
        "sequence": sequence,
        "kind": "increment",
        "period": None,
        "extracted_at": "2026-07-01 00:30:00",
        "offered_at": "2026-07-01 01:10:00",
    }
    return json.dumps({**head, "files": entries, **changed}).encode()


@pytest.fixture
def said() -> list[str]:
    """What the receiver told its operator."""
    return []


@pytest.fixture
def hospital(settings: Settings, said: list[str]) -> Iterator[Pusher]:
    """The hospital of P001, and a receiver that listens."""
    with running(receiver(settings, load_points(settings), secrets, said.append).app()) as port:
        yield Pusher(port)
