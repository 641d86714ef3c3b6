"""HTTP: the deliveries that a point offers over the interface of docs/http-interface.md, read as an outbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from jobs.landing.refusals import shown
from jobs.transports import envelope
from jobs.transports.connections import Connection
from jobs.transports.faults import Unreachable
from jobs.transports.line import Answer, Line, line

PIECE = 4 * 1024 * 1024  # Bytes of a file, in clear, that one answer holds at most.
LARGEST_PAGE = 16 * 1024 * 1024
LARGEST_LISTING = 256 * 1024 * 1024  # Bytes of all manifests of an outbox; those of a year have a tenth of it.
LISTINGS = 3  # How often a listing is begun anew because deliveries come in while its pages are read.
FOUND, NO_DATA = 200, -98
CONTENT_RANGE = re.compile(r"clear (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})")
Name = Annotated[str, StringConstraints(pattern=r"^[^./\x00-\x1f][^/\x00-\x1f]{0,254}$")]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class _File(_Told):
    name: Name
    size: Annotated[int, Field(ge=0, alias="bytes")]


class _Batch(_Told):
    name: Name
    manifest: Base64Bytes
    files: tuple[_File, ...]


class _Outcome(_Told):
    """How the interface of the province says what became of a call."""

    code: int
    result: Annotated[int, Field(alias="msgCode")]


class _Page(_Told):
    code: Literal[200]
    pages: Count
    total: Count
    batches: tuple[_Batch, ...]


@dataclass
class HttpOutbox:
    """The outbox behind an HTTP interface. Its listing is read once; a file is read piece by piece."""

    line: Line
    _listed: dict[str, _Batch] | None = field(default=None, repr=False)

    def names(self) -> list[str]:
        """Names of the deliveries that the interface lists. Raises Unreachable."""
        return sorted(self._listing())

    def manifest(self, name: str) -> bytes:
        """A delivery's manifest, as the listing had it. Raises Unreachable."""
        return self._listing()[name].manifest

    def files(self, name: str) -> list[str]:
        """Names of a delivery's files but the manifest. Raises Unreachable."""
        return sorted(each.name for each in self._listing()[name].files)

    def chunks(self, name: str, file: str) -> Iterator[bytes]:
        """A file from beginning to end. A piece that did not come whole is asked for again, and nothing before it.

        Raises FileNotFoundError where it is gone, and Unreachable, also where it is not as long as it was listed.
        """
        size = next(each.size for each in self._listing()[name].files if each.name == file)
        read = 0
        while True:
            piece, total = self._piece(name, file, read)
            if total != size:
                raise Unreachable("PULL-SHORT" if total < size else "PULL-CHANGED", self._where(name, file))
            yield piece
            read += len(piece)
            if read == size:
                return

    def _piece(self, name: str, file: str, begin: int) -> tuple[bytes, int]:
        """The bytes of a file from `begin` on, and how many the file has."""
        where = shown(file)
        headers = {envelope.RANGE: f"clear={begin}-{begin + PIECE - 1}"}
        target = f"/batches/{quote(name, safe='')}/files/{quote(file, safe='')}"
        answer = self.line.get(target, where, PIECE + 2 * envelope.BLOCK, headers)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(file)
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise Unreachable("PULL-SHORT", self._where(name, file))
        return answer.clear, self._stated(answer, begin, where)

    def _stated(self, answer: Answer, begin: int, where: str) -> int:
        """The size of the file that an answer states, if it is the piece that was asked for."""
        said = CONTENT_RANGE.fullmatch(answer.headers.get(envelope.CONTENT_RANGE, ""))
        if answer.status == HTTPStatus.PARTIAL_CONTENT and said:
            first, last, total = (int(part or -1) for part in said.groups())
            if total == 0 == begin == len(answer.clear):
                return 0
            if first == begin and last == begin + len(answer.clear) - 1 and begin <= last < total:
                return total
        raise Unreachable("PULL-ANSWER", f"{self.line.place} {where}")

    def _listing(self) -> dict[str, _Batch]:
        if self._listed is None:
            self._listed = self._whole_listing()
        return self._listed

    def _whole_listing(self) -> dict[str, _Batch]:
        """All pages. Raises Unreachable (PULL-COUNT) where they do not add up to what they state."""
        for _ in range(LISTINGS):
            if (found := self._pages()) is not None:
                return found
        raise Unreachable("PULL-COUNT", self.line.place)

    def _pages(self) -> dict[str, _Batch] | None:
        """One reading of all pages; None where the outbox changed meanwhile."""
        first = self._page(1)
        found: dict[str, _Batch] = {}
        held = 0
        for number in range(1, max(1, first.pages) + 1):
            page = first if number == 1 else self._page(number)
            if (page.pages, page.total) != (first.pages, first.total):
                return None
            fresh = {batch.name: batch for batch in page.batches}
            if len(fresh) != len(page.batches) or fresh.keys() & found.keys() or not (fresh or first.total == 0):
                raise Unreachable("PULL-COUNT", f"{self.line.place} page {number}")
            found |= fresh
            held += sum(len(batch.manifest) for batch in page.batches)
            if held > LARGEST_LISTING:
                raise Unreachable("PULL-ANSWER", f"{self.line.place}: more than {LARGEST_LISTING} bytes of manifests")
        if len(found) != first.total:
            raise Unreachable("PULL-COUNT", f"{self.line.place}: {first.total} stated, {len(found)} given")
        return found

    def _page(self, number: int) -> _Page:
        where = f"page {number}"
        answer = self.line.get(f"/batches?page={number}", where, LARGEST_PAGE)
        try:
            outcome = _Outcome.model_validate_json(answer.clear, strict=True)
            if outcome.result == NO_DATA:
                return _Page(code=200, pages=0, total=0, batches=())
            if answer.status == HTTPStatus.OK and (outcome.code, outcome.result) == (FOUND, FOUND):
                return _Page.model_validate_json(answer.clear, strict=True)
        except ValidationError:
            raise Unreachable("PULL-ANSWER", f"{self.line.place} {where}") from None
        raise Unreachable("PULL-REJECTED", f"{self.line.place} {where}: {outcome.code}, {outcome.result}")

    def _where(self, name: str, file: str) -> str:
        return f"{self.line.place} {shown(name)}/{shown(file)}"


@contextmanager
def opened(point: str, connection: Connection) -> Iterator[HttpOutbox]:
    """The outbox of a point behind an HTTP interface, for as long as the block lasts. Raises Unreachable."""
    with line(point, connection) as way:
        yield HttpOutbox(way)
