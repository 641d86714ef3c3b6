"""The one interface of all remote transports: the complete deliveries that a point offers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from jobs.landing.record import Landed
from jobs.site import DirectoryTransport, HttpTransport, Point, PushTransport
from jobs.transports.connections import Secrets

CHUNK = 1024 * 1024


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


def opened(point: Point, secrets: Secrets, known: list[Landed]) -> AbstractContextManager[Outbox]:
    """The outbox of a point that is not a folder, for as long as the block lasts.

    known: the point's deliveries that were taken before. A transport without deliveries of its own, such as a database
    with update stamps, goes on from there.
    """
    transport = point.transport
    if isinstance(transport, DirectoryTransport | PushTransport):
        raise TypeError("what lies on this machine is read in its place")
    if isinstance(transport, HttpTransport):
        from jobs.transports import http

        return http.opened(point.id, secrets(transport.connection))
    from jobs.transports import sftp

    return sftp.opened(transport, secrets(transport.connection))
