"""A point over HTTP: what a night takes from it, and what it says of one that misbehaves."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.http import exchange_point
from jobs.province.story import Lie, registers, repeat_delivery, visit, write_delivery, write_site
from jobs.transports import http, outbox
from jobs.transports.connections import Connection
from jobs.transports.envelope import Letter
from jobs.transports.faults import FAULTS, Unreachable
from jobs.transports.line import Patience
from lakehouse import keys
from lakehouse.settings import Settings
from tests.jobs.transports.http_points import (
    HOST,
    KEYS,
    Point,
    connection,
    cutting,
    first,
    listening,
    plain,
    reset,
    standing,
    with_headers,
)

NIGHT = date(2026, 6, 30)
Standing = AbstractContextManager[Connection]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site whose only point is read over HTTP."""
    write_site(tmp_path / "site", {"P001": "standard-1"})
    file = tmp_path / "site" / "points" / "P001.yaml"
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**declared, "transport": {"kind": "http", "connection": "p001"}}), "utf-8")
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    keys.init(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The outbox of the point, with three deliveries."""
    place = tmp_path / "offers" / "P001"
    write_delivery(place, registers(), sequence=1, business_date="2026-06-29")
    write_delivery(place, visit("V1"), sequence=2)
    write_delivery(place, visit("V2"), sequence=3, files=2)
    return place


def land(settings: Settings, way: Connection) -> tuple[list[Landed], list[str]]:
    """Land the night over a connection; what landed, and what was said."""
    said: list[str] = []
    landed = land_night(settings, NIGHT, NIGHT, None, lambda done, total, line: said.append(line), 0, lambda name: way)
    return landed, said


def files(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def rows(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    return {
        str(path.relative_to(settings.landing)): pq.read_table(path).to_pylist()
        for path in sorted(settings.landing.rglob("*.parquet"))
    }


def records(settings: Settings) -> dict[str, str]:
    found = settings.landing.rglob("delivery.json")
    return {str(path.relative_to(settings.landing)): path.read_text(encoding="utf-8") for path in found}


def test_a_night_over_http_lands_what_the_folder_holds(
    settings: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a repeat, a refused delivery, and one whose file is not there; over many small pieces."""
    repeat_delivery(folder / "2026-06-30-0002")
    write_delivery(folder, visit("V4"), sequence=4, lie=Lie.DIGEST)
    torn = write_delivery(folder, visit("V5"), sequence=5)
    next(torn.glob("*.gz")).unlink()
    write_site(tmp_path / "other", {"P001": "standard-1"})
    near = Settings(home=tmp_path / "near", site=tmp_path / "other", keys=settings.keys)
    land_night(near, NIGHT, NIGHT, workers=0)
    monkeypatch.setattr(http, "PIECE", 100)
    with exchange_point("P001", folder, Authority()) as way:
        landed, _ = land(settings, way)
        assert sorted(each.status for each in landed) == [
            "landed",
            "landed",
            "landed",
            "refused",
            "refused",
            "repeated",
        ]
        assert (rows(settings), records(settings)) == (rows(near), records(near))
        assert len(rows(settings)) > 10
        before = files(settings.landing)
        assert land(settings, way)[0] == []
    assert files(settings.landing) == before
    assert looks(settings)["P001"].code == ""


def test_files_come_byte_for_byte(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = folder / "2026-06-30-0003"
    (odd / "empty.bin").touch()
    (odd / "患者 清单%2F.csv").write_bytes(bytes(range(256)) * 5)
    monkeypatch.setattr(http, "PIECE", 256)
    with exchange_point("P001", folder) as way, http.opened("P001", way) as far:
        names = far.names()
        read = {f"{name}/{file}": b"".join(far.chunks(name, file)) for name in names for file in far.files(name)}
        read |= {f"{name}/manifest.json": far.manifest(name) for name in names}
    assert read == files(folder)
    assert len(read) > 20


def test_a_date_chooses_deliveries_and_nothing_is_no_data(folder: Path) -> None:
    with standing(Point(folder)) as way, http.opened("P001", way) as far:
        shown = [
            json.loads(far.line.get(f"/batches?date={day}&page=1", "", 10**6).clear)
            for day in ("2026-06-29", "2026-06-30", "2026-07-01")
        ]
    assert [each.get("total") for each in shown] == [1, 2, None]
    assert shown[2] == {"code": 200, "msgCode": -98, "msg": "no data"}


def test_an_empty_outbox_is_no_fault(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with standing(Point(tmp_path / "empty")) as way:
        assert land(settings, way) == ([], [])


def test_all_pages_are_read(folder: Path) -> None:
    point = Point(folder, on_a_page=1)
    with standing(point) as way, http.opened("P001", way) as far:
        assert far.names() == ["2026-06-29-0001", "2026-06-30-0002", "2026-06-30-0003"]
    assert point.asked == ["/batches?page=1", "/batches?page=2", "/batches?page=3"]


def test_a_listing_is_begun_anew_when_a_delivery_comes_in_meanwhile(folder: Path) -> None:
    def come(page: dict[str, Any], number: int) -> dict[str, Any]:
        if number == 2:
            write_delivery(folder, visit("V9"), sequence=9)
        return page

    with standing(Point(folder, on_a_page=1, told=come)) as way, http.opened("P001", way) as far:
        assert len(far.names()) == 4


def test_a_file_that_is_gone_is_not_there(folder: Path) -> None:
    with standing(Point(folder)) as way, http.opened("P001", way) as far:
        file = far.files("2026-06-30-0002")[0]
        (folder / "2026-06-30-0002" / file).unlink()
        with pytest.raises(FileNotFoundError):
            list(far.chunks("2026-06-30-0002", file))


def test_reading_goes_on_at_the_byte_that_was_due(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third connection breaks inside an answer; what came before is not asked for again."""
    (folder / "2026-06-30-0002" / "large.bin").write_bytes(bytes(range(250)) * 40)
    monkeypatch.setattr(http, "PIECE", 1000)
    point = Point(folder)
    with (
        standing(point) as near,
        cutting(near.port or 0, lambda number: 3000 if number % 3 == 0 else 12_000) as port,
        http.opened("P001", connection(port)) as far,
    ):
        far.names()
        point.asked.clear()
        read = b"".join(far.chunks("2026-06-30-0002", "large.bin"))
    assert read == bytes(range(250)) * 40
    pieces = [each.rpartition(" ")[2] for each in point.asked]
    assert list(dict.fromkeys(pieces)) == [f"clear={start}-{start + 999}" for start in range(0, 10_000, 1000)]
    assert len(pieces) > 10, "no connection broke"
    assert pieces == sorted(pieces, key=lambda piece: int(piece[6:].partition("-")[0]))


# What a point does, and the code that is told of it. `p` is the point as it should be.
MISCHIEF: dict[str, tuple[str, Callable[[Point], Point]]] = {
    "errors": ("PULL-FAILED", lambda p: replace(p, before=first(9, plain(500, "at patient 王")))),
    "busy": ("PULL-BUSY", lambda p: replace(p, before=first(9, plain(429, retry_after="60")))),
    "refuses": ("PULL-REJECTED", lambda p: replace(p, before=first(9, plain(400)))),
    "has no interface": ("PULL-REJECTED", lambda p: replace(p, before=first(9, plain(404)))),
    "forbids": ("PULL-LOGIN", lambda p: replace(p, before=first(9, plain(403)))),
    "has other keys": ("PULL-LOGIN", lambda p: replace(p, keys=replace(KEYS, signing=bytes(32)))),
    "leads elsewhere": ("PULL-ANSWER", lambda p: replace(p, before=first(9, plain(302, location="/elsewhere")))),
    "has a portal": ("PULL-LENGTH", lambda p: replace(p, before=first(9, plain(200, "<html>")))),
    "does not sign": ("PULL-SIGNATURE", lambda p: replace(p, before=first(9, plain(200, "<html></html> 16")))),
    "states a longer body": (
        "PULL-LENGTH",
        lambda p: replace(p, before=first(9, plain(200, "cut", content_length="100"))),
    ),
    "signs wrongly": (
        "PULL-SIGNATURE",
        lambda p: replace(p, sealed=lambda sent, n: with_headers(sent, signature="0" * 64)),
    ),
    "answers for another nonce": (
        "PULL-NONCE",
        lambda p: replace(p, sealed=lambda sent, n: _for_nonce(sent, "0" * 32)),
    ),
    "answers another target": (
        "PULL-SIGNATURE",
        lambda p: replace(p, sealed=lambda sent, n: _signed(replace(sent, target="/batches?page=7"))),
    ),
    "has a wrong clock": ("PULL-NONCE", lambda p: replace(p, sealed=lambda sent, n: _signed(sent, minutes=6))),
    "encrypts under another key": (
        "PULL-CIPHER",
        lambda p: replace(p, sealed=lambda sent, n: _signed(sent, body=bytes(range(64)))),
    ),
    "is no JSON": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: b'{"code": 200, ')),
    "is another JSON": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: [page])),
    "lacks the files": (
        "PULL-ANSWER",
        lambda p: replace(p, told=lambda page, n: {**page, "batches": [{"name": "a", "manifest": ""}]}),
    ),
    "names a path": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: _renamed(page, "../P002"))),
    "rejects in its own way": (
        "PULL-REJECTED",
        lambda p: replace(p, told=lambda page, n: {"code": 200, "msgCode": -1}),
    ),
    "states more than it gives": (
        "PULL-COUNT",
        lambda p: replace(p, told=lambda page, n: {**page, "total": page["total"] + 1}),
    ),
    "states less than it gives": ("PULL-COUNT", lambda p: replace(p, told=lambda page, n: {**page, "total": 2})),
    "repeats a page": ("PULL-COUNT", lambda p: _repeating(replace(p, on_a_page=1))),
    "states pages without end": (
        "PULL-COUNT",
        lambda p: replace(p, told=lambda page, n: {**page, "pages": 10**9, "total": 10**9}),
    ),
    "changes its mind": ("PULL-COUNT", lambda p: replace(p, on_a_page=1, told=lambda page, n: {**page, "total": n})),
    "lists a shorter file": ("PULL-CHANGED", lambda p: replace(p, told=lambda page, n: _longer(page, -1))),
    "lists a longer file": ("PULL-SHORT", lambda p: replace(p, told=lambda page, n: _longer(page, 1))),
    "gives another piece": (
        "PULL-ANSWER",
        lambda p: replace(p, sealed=lambda sent, n: sent if n == 1 else _signed(_moved(sent))),
    ),
}


def _signed(letter: Letter, minutes: int = 0, body: bytes | None = None) -> Letter:
    """The letter signed again, as its point would sign it, at another time or around another body."""
    from jobs.transports.envelope import SIGNATURE, TIME, signature

    stamp = str(int(letter.headers[TIME]) + minutes * 60_000)
    bare = replace(letter, headers={**letter.headers, TIME: stamp}, body=letter.body if body is None else body)
    return replace(bare, headers={**bare.headers, SIGNATURE: signature(KEYS, bare)})


def _for_nonce(letter: Letter, nonce: str) -> Letter:
    return _signed(with_headers(letter, nonce=nonce))


def _moved(letter: Letter) -> Letter:
    return replace(letter, headers={**letter.headers, "content-range": "clear 5-9/10"})


def _renamed(page: dict[str, Any], name: str) -> dict[str, Any]:
    return {**page, "batches": [{**page["batches"][0], "name": name}, *page["batches"][1:]]}


def _longer(page: dict[str, Any], by: int) -> dict[str, Any]:
    for batch in page["batches"]:
        for file in batch["files"]:
            file["bytes"] += by
    return page


def _repeating(point: Point) -> Point:
    """Every page is the first one."""
    kept: list[dict[str, Any]] = []

    def told(page: dict[str, Any], number: int) -> dict[str, Any]:
        kept.append(page)
        return kept[0]

    return replace(point, told=told)


def nothing_is_here(settings: Settings) -> bool:
    """No file of the point lies in landing or among the sealed originals."""
    return not list(settings.landing.glob("P001/*")) and not list(settings.sealed.glob("P001/*"))


def is_told(settings: Settings, said: list[str], code: str) -> None:
    """The sentence of the fault was said, once, and noted; no secret and no body stands in it."""
    (line,) = said
    assert line.startswith(f"P001 cannot be reached: {code}: {FAULTS[code].says}"), line
    assert line.endswith(FAULTS[code].do)
    assert not [secret for secret in ("王", "html", "5a5a", "c3c3", "BEGIN") if secret in line]
    assert looks(settings)["P001"].code == code


@pytest.mark.parametrize(("code", "spoil"), MISCHIEF.values(), ids=MISCHIEF.keys())
def test_a_point_that_misbehaves_is_named_and_left(
    settings: Settings, folder: Path, code: str, spoil: Callable[[Point], Point]
) -> None:
    point = spoil(Point(folder))
    with standing(point) as way:
        landed, said = land(settings, way)
    assert landed == []
    is_told(settings, said, code)
    assert nothing_is_here(settings)


def test_a_point_that_has_mended_is_taken_by_the_next_night(settings: Settings, folder: Path) -> None:
    with standing(MISCHIEF["lists a longer file"][1](Point(folder))) as way:
        assert land(settings, way)[0] == []
    with standing(Point(folder)) as way:
        assert [each.status for each in land(settings, way)[0]] == ["landed"] * 3


@pytest.mark.parametrize(("status", "times"), [(500, 2), (503, 2), (429, 1), (502, 1)])
def test_a_fault_that_passes_is_waited_for(folder: Path, status: int, times: int) -> None:
    point = Point(folder, before=first(times, plain(status)))
    with standing(point) as way, http.opened("P001", way) as far:
        assert len(far.names()) == 3
    assert point.asked == ["/batches?page=1"] * (times + 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 302])
def test_what_is_refused_is_asked_for_once(folder: Path, status: int) -> None:
    point = Point(folder, before=first(9, plain(status)))
    with standing(point) as way, http.opened("P001", way) as far, pytest.raises(Unreachable):
        far.names()
    assert len(point.asked) == 1


def test_a_wrong_signature_is_asked_for_once(settings: Settings, folder: Path) -> None:
    point = MISCHIEF["signs wrongly"][1](Point(folder))
    with standing(point) as way:
        land(settings, way)
    assert len(point.asked) == 1


def test_a_replayed_answer_is_refused(settings: Settings, folder: Path) -> None:
    """An answer that was true for the first listing is given for every later one."""
    kept: list[Letter] = []

    def replay(letter: Letter, number: int) -> Letter:
        kept.append(letter)
        return kept[0]

    point = Point(folder, sealed=replay)
    with standing(point) as way:
        with http.opened("P001", way) as far:
            assert len(far.names()) == 3
        _, said = land(settings, way)
    is_told(settings, said, "PULL-NONCE")
    assert nothing_is_here(settings)


def test_the_wait_that_a_point_asks_for_is_kept_up_to_a_limit() -> None:
    class State:
        attempt_number = 2

        def __init__(self, after: float) -> None:
            error = Unreachable("PULL-BUSY", "", after)
            self.outcome = type("Outcome", (), {"exception": lambda self: error})()

    patience = Patience(back_off=0.5, longest_wait=60)
    waits = [patience.wait(State(after)) for after in (0, 0.2, 7, 3600)]  # type: ignore[arg-type]
    assert waits == [1.0, 1.0, 7.0, 60.0]


@pytest.mark.parametrize(("text", "low", "high"), [("3", 3, 3), ("", 0, 0), ("soon", 0, 0), ("-5", 0, 0)])
def test_retry_after_is_read(text: str, low: float, high: float) -> None:
    from jobs.transports.line import _asked

    assert low <= _asked(plain(429, retry_after=text)) <= high  # type: ignore[arg-type]


def test_retry_after_may_be_a_time() -> None:
    from email.utils import format_datetime

    from jobs.transports.line import _asked

    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < _asked(plain(429, retry_after=later)) <= 100  # type: ignore[arg-type]


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


def test_an_http_point_is_opened_by_its_transport(settings: Settings, folder: Path) -> None:
    from jobs.site import load_points

    (point,) = load_points(settings)
    with standing(Point(folder)) as way, outbox.opened(point, lambda name: way, []) as far:
        assert len(far.names()) == 3
