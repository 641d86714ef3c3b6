"""Push: the deliveries that a point sent to our receiver and closed, read as an outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jobs.receiver.store import Received
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import CHUNK
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings


@dataclass(frozen=True)
class PushOutbox:
    """What a point pushed; it lies on this machine, sealed."""

    received: Received

    def names(self) -> list[str]:
        """Names of the deliveries that were closed and wait for a night."""
        return self.received.deliveries()

    def manifest(self, name: str) -> bytes:
        """A delivery's manifest. Raises Unreachable (PULL-RECEIVED)."""
        return _opened(lambda: self.received.manifest(name), name)

    def files(self, name: str) -> list[str]:
        """Names of a delivery's files but the manifest."""
        return self.received.files(name)

    def chunks(self, name: str, file: str) -> Iterator[bytes]:
        """One of these files. Raises Unreachable (PULL-RECEIVED)."""
        content = _opened(lambda: self.received.upload(file), f"{name}/{file}")
        yield from (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


@contextmanager
def opened(settings: Settings, point: str) -> Iterator[PushOutbox]:
    """What a point pushed."""
    yield PushOutbox(Received(settings, point))


def _opened(read: Callable[[], bytes], where: str) -> bytes:
    try:
        return read()
    except LakehouseError:
        raise Unreachable("PULL-RECEIVED", where) from None
