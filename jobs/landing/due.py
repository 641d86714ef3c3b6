"""Which offers a night takes: every outbox is looked into, several at a time, and what lies elsewhere is pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.landing.pull import Offer, is_due, offers
from jobs.landing.shelf import Shelf
from jobs.receiver.store import Received
from jobs.shelves import watermark
from jobs.site import DatabaseTransport, DirectoryTransport, Point, PushTransport, outbox
from jobs.transports import pull
from jobs.transports.connections import Secrets
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import Past, opened, whole
from lakehouse.files import read_json, write_json
from lakehouse.settings import Settings

AT_ONCE = 8  # Points pulled at the same time: they wait for the line, not for this machine.


@dataclass(frozen=True)
class Look:
    """How a look into a point's outbox ended. why: nothing, or the sentence that says why it could not be read.

    code: of `jobs.transports.faults`; LAND-UNREADABLE where a folder cannot be read."""

    night: str
    code: str = ""
    why: str = ""


def due(
    settings: Settings,
    points: Sequence[Point],
    night: date,
    known: Shelf,
    secrets: Secrets,
    say: Callable[[str], None],
) -> list[Offer]:
    """What a night takes from the points, in the order of the points; what cannot be reached is named and left.

    Whether a point could be reached is noted beside the ledger, for `lakehouse status` and `lakehouse points`.
    """
    found: dict[str, list[Offer]] = {}
    before = looks(settings)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = {threads.submit(_of_point, settings, point, night, known, secrets): point for point in points}
        for answer in as_completed(asked):
            point = asked[answer]
            try:
                found[point.id] = answer.result()
                look = Look(night.isoformat())
            except OSError as error:
                found[point.id] = []
                look = Look(night.isoformat(), getattr(error, "code", "LAND-UNREADABLE"), told(error))
                say(f"{point.id} cannot be reached: {look.why}")
            if look != before.get(point.id):
                write_json(settings.ledger / "looks" / f"{point.id}.json", vars(look))
    return [offered for point in points for offered in found[point.id]]


def discard(taken: Iterable[Offer]) -> None:
    """Remove what was pulled, once it has landed. A killed landing leaves it to the next one."""
    for offered in taken:
        if isinstance(offered.files, pull.PulledFiles):
            offered.files.sealed.path.unlink(missing_ok=True)


def looks(settings: Settings) -> dict[str, Look]:
    """How the last look into each point's outbox ended."""
    files = sorted((settings.ledger / "looks").glob("[!.]*.json"))
    return {file.stem: Look(**_known(read_json(file))) for file in files}


def told(error: OSError) -> str:
    """What an error says, without a path of this machine."""
    return error.sentence if isinstance(error, Unreachable) else error.strerror or type(error).__name__


def _known(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("night", "code", "why")}


def _of_point(settings: Settings, point: Point, night: date, known: Shelf, secrets: Secrets) -> list[Offer]:
    """What the night takes from one point. Raises OSError where it cannot be read."""

    def is_wanted(each: Offer) -> bool:
        return is_due(each, night) and not known.knows(each)

    if isinstance(point.transport, DirectoryTransport):
        return [each for each in offers(point.id, outbox(settings, point.transport)) if is_wanted(each)]
    before = past(settings, point, night, known)
    if isinstance(point.transport, PushTransport):
        Received(settings, point.id).forget(before.known)
    return whole(point, lambda: _pulled(settings, point, secrets, before, is_wanted))


def past(settings: Settings, point: Point, night: date, known: Shelf) -> Past:
    """What a pull of a point goes on from."""
    mine = tuple(each for each in known.taken.values() if each.point == point.id)
    has_stamps = isinstance(point.transport, DatabaseTransport) and point.transport.updated is not None
    return Past(night, mine, watermark(settings, mine) if has_stamps else None)


def _pulled(
    settings: Settings, point: Point, secrets: Secrets, before: Past, is_wanted: Callable[[Offer], bool]
) -> list[Offer]:
    """The wanted offers of a point, here. Of a pull that breaks nothing is kept."""
    taken: list[Offer] = []
    try:
        with opened(settings, point, secrets, before) as far:
            for each in pull.pull(settings, point.id, far, is_wanted):
                taken.append(each)
    except OSError:
        discard(taken)
        raise
    return taken
