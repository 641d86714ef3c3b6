"""The receiver's two calls: `POST /upload/<method>` and `POST /close`. docs/http-interface.md describes them."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jobs.landing.manifest import read_manifest
from jobs.landing.refusals import Reason, Refused, reason, shown
from jobs.receiver.demands import demand
from jobs.receiver.judge import NO_DATA, REJECTED, TAKEN, judged
from jobs.receiver.store import Missing, Received
from jobs.site import Point, PushTransport
from jobs.transports import envelope
from jobs.transports.connections import Secrets
from jobs.transports.door import Door, Guest, TurnedAway, turned_away
from jobs.transports.envelope import Keys
from jobs.transports.faults import Unreachable
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models import dialect

LARGEST = 16 * 1024 * 1024  # Bytes of an upload or of a manifest, as sent.
DELETION = "deletion"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Receiver:
    """points: those that push, by id.   door: knows their keys.   say: tells the operator what is no vendor's fault."""

    settings: Settings
    points: Mapping[str, Point]
    door: Door
    say: Say

    def app(self) -> Starlette:
        """The application."""
        routes = [
            Route("/upload/{method}", self.upload, methods=["POST"]),
            Route("/close", self.close, methods=["POST"]),
        ]
        handlers = {TurnedAway: turned_away, OSError: self._failed, LakehouseError: self._failed}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def upload(self, request: Request) -> Response:
        """Take the elements of a method, all of them or none."""
        guest = await self.door.admit(request)
        method, kind = request.path_params["method"], request.query_params.get("kind")
        return self.door.told(guest, await run_in_threadpool(self._uploaded, guest, method, kind == DELETION))

    async def close(self, request: Request) -> Response:
        """Make a delivery of what was uploaded."""
        guest = await self.door.admit(request)
        return self.door.told(guest, await run_in_threadpool(self._closed, guest))

    def _uploaded(self, guest: Guest, method: str, is_deletion: bool) -> dict[str, Any]:
        wanted = demand(dialect.load(self.points[guest.point].dialect), method, is_deletion)
        if wanted is None:
            return _outcome(REJECTED, "there is no such method")
        judgement = judged(guest.clear, wanted)
        outcome = _outcome(judgement.result, judgement.says) | {"receipts": judgement.receipts}
        if judgement.result == TAKEN:
            outcome["file"] = self._received(guest).keep(method, guest.clear, len(judgement.receipts))
        return outcome

    def _closed(self, guest: Guest) -> dict[str, Any]:
        try:
            manifest = read_manifest(guest.clear)
            if manifest.point != guest.point:
                raise Refused(reason("MAN-POINT", shown(manifest.point)))
            return _outcome(TAKEN, "") | {"name": self._received(guest).close(manifest, guest.clear)}
        except Refused as refused:
            return _outcome(REJECTED, "; ".join(map(_told, refused.reasons)))
        except Missing as missing:
            return _outcome(NO_DATA, "|".join(map(shown, missing.files)))

    def _received(self, guest: Guest) -> Received:
        return Received(self.settings, guest.point)

    def _failed(self, request: Request, error: Exception) -> Response:
        """The plain answer where this machine could not do its part; the point tries again later."""
        told = errno.errorcode.get(error.errno or 0, "OSError") if isinstance(error, OSError) else str(error)
        self.say(f"A request of {shown(request.headers.get(envelope.POINT, ''))} could not be taken: {told}")
        return JSONResponse({"code": 500, "msgCode": REJECTED, "msg": "not taken: try again later"}, 500)


def receiver(settings: Settings, points: list[Point], secrets: Secrets, say: Say) -> Receiver:
    """The receiver for the points that push. One whose keys cannot be found is named, and not served."""
    served: dict[str, Point] = {}
    keys: dict[str, Keys] = {}
    for point in points:
        if isinstance(point.transport, PushTransport):
            try:
                keys[point.id] = _keys(secrets, point.transport.connection)
                served[point.id] = point
            except Unreachable as error:
                say(f"{point.id} is not served: {error.sentence}")
    return Receiver(settings, served, Door(keys.get, LARGEST), say)


def _keys(secrets: Secrets, connection: str) -> Keys:
    try:
        return envelope.keys_of(secrets(connection).extra)
    except (KeyError, TypeError, ValueError):
        raise Unreachable("PULL-SETTINGS", connection) from None


def _outcome(result: int, says: str) -> dict[str, Any]:
    return {"code": 200, "msgCode": result, "msg": says}


def _told(why: Reason) -> str:
    return f"{why.code}: {why.says}{f' ({why.where})' if why.where else ''}"
