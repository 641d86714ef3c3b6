"""The one interface of all remote transports: the complete deliveries that a point offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from jobs.landing.record import Landed
from jobs.site import DatabaseTransport, HttpTransport, Point, PushTransport, SftpTransport
from jobs.transports.connections import Secrets
from jobs.transports.faults import Unreachable
from lakehouse.settings import Settings

CHUNK = 1024 * 1024
SNAPSHOTS = 3  # How often the snapshot of a database is taken before the point is left for another night.
BACK_OFF = 2.0  # Seconds before the second snapshot, twice as long before the third.
Result = TypeVar("Result")


class Outbox(Protocol):
    """The complete deliveries of a point at this moment.

    Every method raises Unreachable where the point cannot be read now. A connection that breaks is made again first, and
    reading goes on where it stopped.
    """

    def names(self) -> list[str]:
        """Names of the deliveries that have a manifest; a point writes the manifest last."""

    def manifest(self, name: str) -> bytes:
        """A delivery's manifest; of one that is too large, its first bytes, more than a manifest may have."""

    def files(self, name: str) -> list[str]:
        """Names of a delivery's files but the manifest."""

    def chunks(self, name: str, file: str) -> Iterator[bytes]:
        """One of these files from beginning to end, in chunks. Raises FileNotFoundError where it is gone."""


@dataclass(frozen=True)
class Past:
    """What a pull goes on from, for transports that know no deliveries of their own, or must read them to know them.

    night: the one that pulls.   known: the point's deliveries that were taken before.   watermark: stamp up to which its
    rows are published; None where nothing is, or where nobody asks.
    """

    night: date
    known: tuple[Landed, ...] = ()
    watermark: datetime | None = None


def opened(settings: Settings, point: Point, secrets: Secrets, past: Past) -> AbstractContextManager[Outbox]:
    """The outbox of a point that is not a folder, for as long as the block lasts. Only its own kind's library is loaded."""
    match point.transport:
        case SftpTransport() as transport:
            from jobs.transports import sftp

            return sftp.opened(transport, secrets(transport.connection))
        case DatabaseTransport() as transport:
            from jobs.transports import database

            return database.opened(point, transport, secrets(transport.connection), past)
        case HttpTransport() as transport:
            from jobs.transports import http

            return http.opened(point.id, secrets(transport.connection))
        case PushTransport():
            from jobs.transports import push

            return push.opened(settings, point.id)
        case _:
            raise TypeError("a folder is read in its place")


def whole(point: Point, pull: Callable[[], Result]) -> Result:
    """What a pull gives. A snapshot that broke cannot be gone on with: the pull is begun anew, where that may help."""
    attempts = Retrying(
        stop=stop_after_attempt(SNAPSHOTS if isinstance(point.transport, DatabaseTransport) else 1),
        wait=wait_exponential(BACK_OFF, max=30),
        retry=retry_if_exception(lambda error: isinstance(error, Unreachable) and error.fault.again),
        reraise=True,
    )
    return attempts(pull)
