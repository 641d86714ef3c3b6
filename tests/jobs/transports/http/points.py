"""HTTP exchange points that misbehave on purpose, each in one way, on a free port of the loopback."""

from __future__ import annotations

import json
import select
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.exchange_points.authority import Tls
from jobs.province.exchange_points.http import Served
from jobs.province.exchange_points.running import HOST, running
from jobs.transports import envelope
from jobs.transports.connections import Connection
from jobs.transports.door import Door, Guest
from jobs.transports.envelope import SIGNATURE, TIME, Keys, Letter, signature
from jobs.transports.faults import FAULTS
from lakehouse.settings import Settings

SECRETS = {"signing_secret": "5a" * 32, "cipher_secret": "c3" * 16}
NIGHT = date(2026, 6, 30)
KEYS = envelope.keys_of(SECRETS)
SWIFT = {"timeout": 0.5, "back_off": 0.001, "longest_wait": 0.01, "attempts": 3}

Told = Callable[[dict[str, Any], Request], Any]


@dataclass
class Point:
    """An exchange point that answers as `served` does, unless one of its ways says otherwise.

    before: an answer instead, by the number of the request from 1 on.   told: changes what a page says.
    sealed: changes the answer's letter after it was packed.
    """

    folder: Path
    keys: Keys = KEYS
    on_a_page: int = 100
    before: Callable[[int, Request], Response | None] = lambda number, request: None
    told: Callable[[dict[str, Any], int], Any] = lambda page, number: page
    sealed: Callable[[Letter, int], Letter] = lambda letter, number: letter
    asked: list[str] = field(default_factory=list)

    def app(self) -> Any:
        """The application: the demonstration's own, behind what is spoiled."""
        door = _Spoiled(lambda point: self.keys if point == "P001" else None, 65536, owner=self)
        served = Served("P001", self.folder, door, self.on_a_page)
        inner = served.app()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            request = Request(scope, receive)
            self.asked.append(f"{request.url.path}?{request.url.query} {request.headers.get('range', '')}".strip(" ?"))
            answer = self.before(len(self.asked), request) or inner
            await answer(scope, receive, send)

        return app


@dataclass
class _Spoiled(Door):
    owner: Point = field(kw_only=True)

    def told(self, guest: Guest, outcome: Mapping[str, Any], status: int = 200) -> Response:
        said = self.owner.told(dict(outcome), len(self.owner.asked)) if "batches" in outcome else outcome
        return self.answer(guest, status, said if isinstance(said, bytes) else json.dumps(said).encode())

    def answer(self, guest: Guest, status: int, clear: bytes, headers: Mapping[str, str] | None = None) -> Response:
        whole = super().answer(guest, status, clear, headers)
        letter = Letter(str(status), guest.target, dict(whole.headers), bytes(whole.body))
        sent = self.owner.sealed(letter, len(self.owner.asked))
        kept = {name: value for name, value in sent.headers.items() if name != "content-length"}
        return Response(sent.body, status, kept)


def connection(port: int, **extra: Any) -> Connection:
    """A connection to a port of this machine; plain, unless the extra names an authority."""
    schema = "https" if "authority" in extra else "http"
    return Connection("http", HOST, port, schema=schema, extra={**SECRETS, **SWIFT, **extra})


@contextmanager
def standing(point: Point, tls: Tls | None = None, **extra: Any) -> Iterator[Connection]:
    """The point, for as long as the block lasts."""
    with running(point.app(), tls) as port:
        yield connection(port, **extra)


@contextmanager
def listening(serve: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """A server that speaks whatever `serve` does with each connection; its number counts from 1 on."""

    def accept() -> None:
        number = 0
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                number += 1
                Thread(target=_served, args=(serve, line, number), daemon=True).start()

    with socket.create_server((HOST, 0)) as listener:
        Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _served(serve: Callable[[socket.socket, int], None], line: socket.socket, number: int) -> None:
    with line, suppress(OSError):
        serve(line, number)


def reset(line: socket.socket) -> None:
    """Break a connection as a dead line does, not as a server that has said everything."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


@contextmanager
def cutting(port: int, after: Callable[[int], int | None]) -> Iterator[int]:
    """A way to a port that breaks each connection after so many bytes of answers; None: it does not."""

    def forward(line: socket.socket, number: int) -> None:
        left = after(number)
        with socket.create_connection((HOST, port)) as far:
            while True:  # In one thread: a socket on which another one waits is not closed by closing it.
                for ready in select.select([line, far], [], [])[0]:
                    data = ready.recv(500 if left is None else min(500, left))
                    if not data:
                        return
                    (far if ready is line else line).sendall(data)
                    if ready is far and left is not None and (left := left - len(data)) == 0:
                        return reset(line)

    with listening(forward) as way:
        yield way


def plain(status: int, text: str = "", **headers: str) -> Response:
    """An answer without envelope, as a gateway gives it."""
    return PlainTextResponse(text, status, {name.replace("_", "-"): value for name, value in headers.items()})


def first(times: int, answer: Response) -> Callable[[int, Request], Response | None]:
    """This answer to the first requests."""
    return lambda number, request: answer if number <= times else None


def with_headers(letter: Letter, **headers: str) -> Letter:
    """The letter with headers changed after it was signed."""
    return replace(letter, headers={**letter.headers, **{f"x-{name}": value for name, value in headers.items()}})


def land(settings: Settings, way: Connection) -> tuple[list[Landed], list[str]]:
    """Land the night over a connection; what landed, and what was said."""
    said: list[str] = []
    landed = land_night(settings, NIGHT, NIGHT, None, lambda done, total, line: said.append(line), 0, lambda name: way)
    return landed, said


def files(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


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


def signed(letter: Letter, minutes: int = 0, body: bytes | None = None) -> Letter:
    """The letter signed again, as its point would sign it, at another time or around another body."""
    stamp = str(int(letter.headers[TIME]) + minutes * 60_000)
    bare = replace(letter, headers={**letter.headers, TIME: stamp}, body=letter.body if body is None else body)
    return replace(bare, headers={**bare.headers, SIGNATURE: signature(KEYS, bare)})
