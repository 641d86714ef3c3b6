"""A line that fails, and a server that is not trusted: each is told by its kind."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.province.exchange_points.authority import Authority
from jobs.transports import http
from jobs.transports.connections import Connection
from lakehouse.settings import Settings
from tests.jobs.transports.http.points import (
    HOST,
    Point,
    connection,
    cutting,
    is_told,
    land,
    listening,
    nothing_is_here,
    reset,
    standing,
)


def silent(line: socket.socket, number: int) -> None:
    """Read, and say nothing."""
    while line.recv(65536):
        pass


def strange(line: socket.socket, number: int) -> None:
    line.sendall(b"220 mail.example ESMTP\r\n\r\n")
    line.recv(65536)


def slow(line: socket.socket, number: int) -> None:
    """A header, and then a byte now and then, each within the patience for one byte."""
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    line.settimeout(0.05)
    while True:
        line.sendall(b"x")
        try:
            if not line.recv(10):
                return
        except TimeoutError:
            continue


def closing(line: socket.socket, number: int) -> None:
    line.recv(65536)


def breaking(line: socket.socket, number: int) -> None:
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nxxx")
    reset(line)


def endless(line: socket.socket, number: int) -> None:
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(bytes(1024 * 1024))


@pytest.mark.parametrize(
    ("code", "serve", "extra"),
    [
        ("PULL-SILENT", silent, {"timeout": 0.1}),
        ("PULL-SILENT", slow, {"deadline": 0.2}),
        ("PULL-PROTOCOL", strange, {}),
        ("PULL-CUT", closing, {}),
        ("PULL-CUT", breaking, {}),
        ("PULL-ANSWER", endless, {}),
        ("PULL-SILENT", silent, {"timeout": 0.1, "authority": Authority().pem}),
        ("PULL-PROTOCOL", strange, {"authority": Authority().pem}),
    ],
)
def test_a_line_that_fails_is_told_by_its_kind(
    settings: Settings, code: str, serve: Callable[[socket.socket, int], None], extra: dict[str, Any]
) -> None:
    with listening(serve) as port:
        landed, said = land(settings, connection(port, **extra))
    assert landed == []
    is_told(settings, said, code)
    assert nothing_is_here(settings)


def test_a_line_that_breaks_inside_every_file_leaves_nothing(settings: Settings, folder: Path) -> None:
    """The listing comes whole, and each file is cut."""
    (folder / "2026-06-30-0002" / "large.bin").write_bytes(bytes(200_000))
    with standing(Point(folder)) as near, cutting(near.port or 0, lambda number: 60_000) as port:
        landed, said = land(settings, connection(port))
    assert landed == []
    is_told(settings, said, "PULL-CUT")
    assert [path.name for path in settings.landing.glob("P001/*")] == []
    assert [path.name for path in settings.sealed.glob("P001/*") if not path.name.startswith(".")] == []


def test_a_host_that_nobody_knows_and_a_port_where_nobody_listens(settings: Settings) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    _, said = land(settings, connection(port))
    is_told(settings, said, "PULL-REFUSED")
    far = replace(connection(443, authority=Authority().pem), host="exchange.invalid")
    _, said = land(settings, far)
    is_told(settings, said, "PULL-NAME")


AUTHORITY = Authority()
Standing = AbstractContextManager[Connection]


def tls(point: Point, place: Path, **certificate: Any) -> Standing:
    """The point under a certificate of the trusted authority, which may be wrong in some way."""
    trusted, other = AUTHORITY, certificate.pop("by", AUTHORITY)
    return standing(point, other.issue(place, **certificate), authority=trusted.pem)


@contextmanager
def plain_port(point: Point, place: Path) -> Iterator[Connection]:
    """A port without TLS, to which TLS is spoken."""
    with standing(point) as way:
        yield connection(way.port or 0, authority=AUTHORITY.pem)


@contextmanager
def tls_port(point: Point, place: Path) -> Iterator[Connection]:
    """A port with TLS, to which plain HTTP is spoken."""
    with tls(point, place) as way:
        yield connection(way.port or 0)


YESTERDAY, NEXT_WEEK = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 7))


@pytest.mark.parametrize(
    ("code", "stand"),
    [
        ("PULL-TLS", lambda point, place: tls(point, place, by=Authority("Demonstration authority"))),
        ("PULL-TLS-EXPIRED", lambda point, place: tls(point, place, until=YESTERDAY)),
        ("PULL-TLS-EXPIRED", lambda point, place: tls(point, place, until=NEXT_WEEK)),
        ("PULL-TLS-NAME", lambda point, place: tls(point, place, host="hospital.invalid")),
        ("PULL-TLS-NAME", lambda point, place: tls(point, place, host="127.0.0.2")),
        ("PULL-PROTOCOL", plain_port),
        ("PULL-CUT", tls_port),
    ],
)
def test_only_the_declared_authority_is_trusted(
    settings: Settings, folder: Path, tmp_path: Path, code: str, stand: Callable[[Point, Path], Standing]
) -> None:
    point = Point(folder)
    with stand(point, tmp_path / "tls") as way:
        landed, said = land(settings, way)
    assert landed == []
    is_told(settings, said, code)
    assert nothing_is_here(settings)
    assert point.asked == [], "something was asked of a server that is not trusted"


def test_the_authority_may_lie_in_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text(AUTHORITY.pem)
    with tls(Point(folder), tmp_path / "tls") as way:
        near = connection(way.port or 0, authority=str(tmp_path / "authority.pem"))
        with http.opened("P001", near) as far:
            assert len(far.names()) == 3


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("PULL-TLS-PLAIN", {"host": "exchange.invalid", "schema": "http"}),
        ("PULL-TLS-PLAIN", {"host": "10.0.0.1", "schema": "http"}),
        ("PULL-SETTINGS", {"schema": "https"}),
        ("PULL-SETTINGS", {"schema": "ftp"}),
        ("PULL-SETTINGS", {"extra": {}}),
        ("PULL-SETTINGS", {"extra": {"signing_secret": "00", "cipher_secret": "11" * 16}}),
        ("PULL-SETTINGS", {"schema": "https", "extra": {"authority": "-----BEGIN CERTIFICATE-----"}}),
        ("PULL-SETTINGS", {"schema": "https", "extra": {"authority": "nowhere.pem"}}),
    ],
)
def test_a_connection_that_lacks_something_is_named(settings: Settings, code: str, change: dict[str, Any]) -> None:
    _, said = land(settings, replace(connection(1), **change))
    is_told(settings, said, code)


@pytest.mark.parametrize("setting", [{"timeout": 0}, {"timeout": "nan"}, {"attempts": 0}, {"back_off": "soon"}])
def test_patience_that_is_none_is_refused(settings: Settings, setting: dict[str, Any]) -> None:
    _, said = land(settings, connection(1, **setting))
    is_told(settings, said, "PULL-SETTINGS")


def test_settings_may_be_text_as_in_a_uri() -> None:
    way = connection(1, timeout="2.5", attempts="7")
    with http.opened("P001", way) as far:
        assert (far.line.patience.timeout, far.line.patience.attempts) == (2.5, 7)
