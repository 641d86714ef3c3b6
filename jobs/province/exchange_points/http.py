"""The hospital's side of the HTTP interface: an outbox folder, served as docs/http-interface.md describes."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.landing.pull import FolderFiles, Offer, offers
from jobs.province.exchange_points.authority import Authority, Tls
from jobs.province.exchange_points.running import HOST, running
from jobs.transports import envelope
from jobs.transports.connections import Connection
from jobs.transports.door import Door, Guest, TurnedAway, turned_away
from jobs.transports.envelope import Keys
from jobs.transports.http import PIECE

LARGEST_REQUEST = 64 * 1024
ON_A_PAGE = 100  # Deliveries.
PAGE = re.compile(r"[1-9]\d{0,6}")
RANGE = re.compile(r"clear=(\d{1,15})-(\d{1,15})")


@dataclass
class Served:
    """A point's outbox and what serves it. on_a_page: how many deliveries one answer lists."""

    point: str
    folder: Path
    door: Door
    on_a_page: int = ON_A_PAGE

    def app(self) -> Starlette:
        """The application of the interface."""
        routes = [Route("/batches", self.batches), Route("/batches/{name}/files/{file}", self.file)]
        return Starlette(routes=routes, exception_handlers={TurnedAway: turned_away})

    async def batches(self, request: Request) -> Response:
        """One page of the deliveries that are offered."""
        guest = await self.door.admit(request)
        day, page = request.query_params.get("date"), request.query_params.get("page", "1")
        if not PAGE.fullmatch(page):
            return self.door.told(guest, {"code": 400, "msgCode": -1, "msg": "no page"}, 400)
        offered = [each for each in offers(self.point, self.folder) if day in (None, _day(each))]
        if not offered:
            return self.door.told(guest, {"code": 200, "msgCode": -98, "msg": "no data"})
        pages, number = -(-len(offered) // self.on_a_page), int(page)
        shown = offered[(number - 1) * self.on_a_page : number * self.on_a_page]
        listed = {"pages": pages, "total": len(offered), "batches": [_listed(each) for each in shown]}
        return self.door.told(guest, {"code": 200, "msgCode": 200, "msg": "", **listed})

    async def file(self, request: Request) -> Response:
        """One piece of a file."""
        guest = await self.door.admit(request)
        name, file = request.path_params["name"], request.path_params["file"]
        asked = RANGE.fullmatch(guest.headers.get(envelope.RANGE, ""))
        if asked is None:
            return self.door.told(guest, {"code": 400, "msgCode": -1, "msg": "no range"}, 400)
        if file not in self._files(name):
            return self.door.told(guest, {"code": 404, "msgCode": -98, "msg": "no such file"}, 404)
        return self._piece(guest, self.folder / name / file, int(asked[1]), int(asked[2]))

    def _files(self, name: str) -> list[str]:
        names = {each.name: each for each in offers(self.point, self.folder)}
        return names[name].files.names() if name in names else []

    def _piece(self, guest: Guest, path: Path, first: int, last: int) -> Response:
        size = path.stat().st_size
        if first >= size > 0:
            return self.door.answer(guest, 416, b"", {envelope.CONTENT_RANGE: f"clear */{size}"})
        with path.open("rb") as stream:
            stream.seek(first)
            piece = stream.read(min(last - first + 1, PIECE))
        told = f"{first}-{first + len(piece) - 1}" if piece else "*"
        return self.door.answer(guest, 206, piece, {envelope.CONTENT_RANGE: f"clear {told}/{size}"})


@contextmanager
def exchange_point(point: str, folder: Path, authority: Authority | None = None) -> Iterator[Connection]:
    """Serve an outbox folder as a hospital does; the connection under which it is reached.

    authority: issues a certificate, which is kept beside the folder; without one the line is not encrypted.
    """
    tls: Tls | None = authority.issue(folder.parent / f".{folder.name}.tls", HOST) if authority else None
    signing, cipher = secrets.token_hex(32), secrets.token_hex(16)
    keys = Keys(bytes.fromhex(signing), bytes.fromhex(cipher))
    door = Door(lambda asked: keys if asked == point else None, LARGEST_REQUEST)
    with running(Served(point, folder, door).app(), tls) as port:
        extra: dict[str, Any] = {"signing_secret": signing, "cipher_secret": cipher}
        if authority:
            extra["authority"] = authority.pem
        yield Connection("http", HOST, port, point, schema="https" if authority else "http", extra=extra)


def _listed(offered: Offer) -> dict[str, Any]:
    """A delivery as a page lists it: the manifest byte for byte, and each file with its size."""
    if not isinstance(offered.files, FolderFiles):
        raise TypeError("an outbox of this machine is a folder")
    folder = offered.files.folder
    return {
        "name": folder.name,
        "manifest": base64.b64encode(offered.manifest_bytes).decode(),
        "files": [{"name": name, "bytes": (folder / name).stat().st_size} for name in offered.files.names()],
    }


def _day(offered: Offer) -> str | None:
    """The business date of a delivery, if its manifest says one."""
    return offered.manifest.business_date.isoformat() if offered.manifest else None
