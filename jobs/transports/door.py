"""The door of a server that speaks the envelope: who may come in, and answers in an envelope of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from jobs.transports import envelope
from jobs.transports.envelope import Broken, Clock, Keys, Letter, Nonces

CUT, UNAUTHORIZED, TOO_LARGE = 400, 401, 413
# An answer is for one request, and no gateway may keep it or guess what it holds.
PLAIN = {"cache-control": "no-store", "content-type": "application/octet-stream"}


class TurnedAway(Exception):
    """A request that does not come in. status: of the answer, which is plain JSON.   why: in words for the vendor."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True)
class Guest:
    """A request that came in. target: its path with query, as it was sent.   clear: its body."""

    point: str
    keys: Keys
    target: str
    headers: Mapping[str, str]
    clear: bytes = field(repr=False)


@dataclass
class Door:
    """keys: those of a point, None where the point is unknown.   limit: bytes of the largest body."""

    keys: Callable[[str], Keys | None]
    limit: int
    clock: Clock = envelope.clock
    nonces: Nonces = field(default_factory=Nonces)

    async def admit(self, request: Request) -> Guest:
        """Let a request in. Raises TurnedAway; a nonce is used up only by a request whose signature is right."""
        headers = dict(request.headers.items())
        point = headers.get(envelope.POINT, "")
        if (keys := self.keys(point)) is None:
            raise TurnedAway(UNAUTHORIZED, "unknown point")
        letter = Letter(request.method, _target(request), headers, await self._body(request))
        try:
            clear = envelope.unpack(keys, letter, now := self.clock())
            self.nonces.take(point, headers, now)
        except Broken as broken:
            raise TurnedAway(UNAUTHORIZED, broken.what) from None
        return Guest(point, keys, letter.target, headers, clear)

    def answer(self, guest: Guest, status: int, clear: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """An answer in an envelope, which belongs to this request alone."""
        own = {envelope.POINT: guest.point, envelope.NONCE: guest.headers[envelope.NONCE], **(headers or {})}
        packed = envelope.pack(guest.keys, Letter(str(status), guest.target, own, clear), self.clock())
        return Response(packed.body, status, {**PLAIN, **packed.headers})

    def told(self, guest: Guest, outcome: Mapping[str, Any], status: int = 200) -> Response:
        """An answer whose body is JSON."""
        return self.answer(guest, status, json.dumps(outcome, ensure_ascii=False).encode())

    async def _body(self, request: Request) -> bytes:
        held = bytearray()
        try:
            async for chunk in request.stream():
                held += chunk
                if len(held) > self.limit:
                    raise TurnedAway(TOO_LARGE, f"more than {self.limit} bytes")
        except ClientDisconnect:
            raise TurnedAway(CUT, "the body was cut off") from None
        return bytes(held)


def turned_away(request: Request, refused: Exception) -> Response:
    """The plain answer to a request that did not come in. It is in no envelope: perhaps there is no key for one."""
    status = refused.status if isinstance(refused, TurnedAway) else UNAUTHORIZED
    return JSONResponse({"code": status, "msgCode": -1, "msg": str(refused)}, status, {"cache-control": "no-store"})


def _target(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    path: bytes = request.scope["raw_path"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")
