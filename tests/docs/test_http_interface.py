"""docs/http-interface.md: its example recomputed, its limits and codes those of the program; and the how-to page beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from jobs.landing.manifest import LARGEST as LARGEST_MANIFEST
from jobs.province.exchange_points.authority import Authority
from jobs.receiver import judge
from jobs.receiver.app import LARGEST
from jobs.site import HttpTransport, load_points
from jobs.transports import envelope
from jobs.transports.connections import from_environment
from jobs.transports.envelope import Keys, Letter
from jobs.transports.faults import FAULTS
from jobs.transports.http import LARGEST_PAGE, PIECE, _Page
from jobs.transports.line import Patience, line
from lakehouse.settings import Settings
from tests.docs import pages as book

PAGE = book.DOCS / "http-interface.md"
HOW_TO = book.HOW_TO / "connect-an-http-point.md"
MIB = 1024 * 1024


def test_the_worked_example_is_right() -> None:
    secrets, *told = book.blocks(PAGE, "text")
    signing, cipher, *starts = map(bytes.fromhex, secrets.split())
    keys = Keys(signing, cipher)
    bodies = [text.strip().encode() for text in book.blocks(PAGE, "json")[:2]]
    assert len(told) == 6
    for clear, start, (sent, lines, signature) in zip(bodies, starts, (told[:3], told[3:]), strict=True):
        body = envelope.encrypted(cipher, clear, start)
        assert body.hex() == sent.strip()
        first, target, *headers, _ = lines.splitlines()
        letter = Letter(first, target, dict(each.split(":", 1) for each in headers), body)
        assert envelope.signed_text(letter) == lines
        assert envelope.signature(keys, letter) == signature.strip()
        signed = Letter(first, target, {**letter.headers, envelope.SIGNATURE: signature.strip()}, body)
        assert envelope.unpack(keys, signed, int(letter.headers[envelope.TIME])) == clear


def test_the_signed_headers_and_limits_are_told() -> None:
    text = book.text(PAGE)
    assert ", ".join(f"`{name}`" for name in sorted(envelope.SIGNED)) in text
    assert envelope.SKEW == 5 * 60_000
    assert (PIECE, LARGEST_PAGE, LARGEST, LARGEST_MANIFEST) == (4 * MIB, 16 * MIB, 16 * MIB, 4 * MIB)
    assert f"more than {LARGEST} bytes" in text
    assert f"clear=0-{PIECE - 1}" in text


def test_the_page_that_is_shown_is_one() -> None:
    shown = book.blocks(PAGE, "json")[2]
    page = _Page.model_validate_json(shown, strict=True)
    assert page.total == len(page.batches) == 1
    assert json.loads(page.batches[0].manifest) == {"standard": "1"}


def test_the_codes_are_the_receivers() -> None:
    rows = [int(row[0]) for row in book.rows(PAGE, "POST /upload/METHOD")]
    assert rows == [judge.TAKEN, judge.EMPTY_FIELDS, judge.NO_DATA, judge.REJECTED]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site and keys with the files of the how-to page."""
    shown = book.files(HOW_TO)
    assert list(shown) == ["points/P094.yaml", "connections.yaml"]
    for name, folder in zip(shown, ("site", "keys"), strict=True):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown[name], encoding="utf-8")
        path.chmod(0o600)
    return Settings(home=tmp_path, site=tmp_path / "site", keys=tmp_path / "keys")


def test_the_how_to_page_makes_a_point_and_its_connection(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p094-authority.pem").write_text(Authority().pem)
    (point,) = load_points(settings)
    assert isinstance(point.transport, HttpTransport)
    found = from_environment(settings)(point.transport.connection)
    with line(point.id, found) as way:
        address = urlsplit(str(way.client.base_url))
        assert (address.scheme, address.hostname, address.port) == ("https", "exchange.hospital.example", 8443)
        assert (way.point, way.patience) == ("P094", Patience())


def test_the_how_to_page_tells_the_settings_and_codes_that_there_are(settings: Settings) -> None:
    rows = {row[0]: row[1] for row in book.rows(HOW_TO, "The files")}
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    shown = yaml.safe_load((settings.keys / "connections.yaml").read_text(encoding="utf-8"))["p094"]
    assert names == {*vars(Patience()), *shown, *shown["extra"], "login", "base"} - {"conn_type", "extra"}
    for name, value in vars(Patience()).items():
        assert rows[f"`{name}`"].endswith(f"; {value:g}"), name
    assert {row[0].strip("`") for row in book.rows(HOW_TO, "Check")} <= set(FAULTS)
