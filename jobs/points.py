"""What a person wants to know of points: whether one can be read and what it offers, and who delivers and who does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from jobs import ledger
from jobs.landing.delivery import judged
from jobs.landing.due import Look, looks, past, told
from jobs.landing.pull import Files, Offer, offer, offers
from jobs.landing.refusals import Reason
from jobs.landing.shelf import Shelf, taken_before
from jobs.site import DirectoryTransport, Point, load_points, outbox
from jobs.transports.connections import Secrets
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import Outbox, opened
from lakehouse.settings import Settings

STATES = {
    "here": ("已报", "Delivered"),
    "late": ("迟报", "Late"),
    "silent": ("失联", "Silent"),
    "later": ("未到报送期", "Not expected yet"),
}
LATE_DAYS = 7  # A point that delivered within so many days before the date is late; one that did not is silent.


@dataclass(frozen=True)
class Seen:
    """A delivery in a point's outbox. `reasons`: why it would be refused by its manifest alone.   taken: by a night."""

    offer: Offer
    reasons: tuple[Reason, ...]
    taken: bool

    def as_object(self) -> dict[str, Any]:
        """As `lakehouse points check --json` prints it."""
        said = self.offer.manifest
        return {
            "name": self.offer.name,
            "business_date": said and said.business_date.isoformat(),
            "sequence": said and said.sequence,
            "kind": said and said.kind,
            "offered_at": said and said.offered_at.isoformat(sep=" "),
            "files": len(said.files) if said else 0,
            "rows": sum(entry.rows for entry in said.files) if said else 0,
            "bytes": self.offer.raw_bytes,
            "taken": self.taken,
            "reasons": [reason.as_object() for reason in self.reasons],
        }


@dataclass(frozen=True)
class Check:
    """What a look into an outbox found. fault: why it could not be read, as a sentence."""

    point: Point
    seen: tuple[Seen, ...] = ()
    code: str = ""
    fault: str = ""

    @property
    def is_well(self) -> bool:
        """Whether the point can be read, and nothing new in it would be refused."""
        return not self.fault and not any(each.reasons for each in self.seen if not each.taken)


def check(settings: Settings, point: Point, secrets: Secrets, night: date) -> Check:
    """Connect to a point, read its manifests and no other file, and judge them; nothing is taken and nothing written.

    night: the one that would pull it; what a database offers may depend on it.
    """
    known = taken_before(settings, [point.id])
    try:
        return Check(
            point, tuple(_seen(each, point, known) for each in _offers(settings, point, known, secrets, night))
        )
    except OSError as error:
        return Check(point, code=error.code if isinstance(error, Unreachable) else "LAND-UNREADABLE", fault=told(error))


def _seen(each: Offer, point: Point, known: Shelf) -> Seen:
    return Seen(each, tuple(judged(each, point.dialect)), known.knows(each))


@dataclass(frozen=True)
class _Names:
    """The names of a delivery's files, where nothing more is asked for."""

    listed: list[str]

    def names(self) -> list[str]:
        return self.listed

    def read(self, name: str) -> bytes:
        raise FileNotFoundError(name)


def _offers(settings: Settings, point: Point, known: Shelf, secrets: Secrets, night: date) -> list[Offer]:
    """Everything that a point offers, read or not. Raises OSError where it cannot be reached."""
    if isinstance(point.transport, DirectoryTransport):
        return list(offers(point.id, outbox(settings, point.transport)))
    with opened(settings, point, secrets, past(settings, point, night, known)) as far:
        return [offer(point.id, name, _listed(far, name), far.manifest(name)) for name in far.names()]


def _listed(far: Outbox, name: str) -> Files:
    return _Names(far.files(name))


@dataclass(frozen=True)
class Coverage:
    """Points of a region and class on a business date, counted.

    declared: in the site.   expected: of them, those whose first business date has come.   connected: of those, the ones
    that have delivered at least once.   late: nothing for the date, but something within the LATE_DAYS before it.
    silent: nothing within those days either, or never anything.
    """

    region: str
    kind: str
    declared: int = 0
    expected: int = 0
    connected: int = 0
    late: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Absent:
    """A point that is late or silent. look: how the last look into its outbox ended."""

    point: Point
    state: str
    latest: date | None
    look: Look | None

    def as_object(self) -> dict[str, Any]:
        """As `lakehouse points coverage --json` prints it."""
        latest, look = self.latest and self.latest.isoformat(), self.look and asdict(self.look)
        return {"point": self.point.id, "name": self.point.name, "state": self.state, "latest": latest, "look": look}


def coverage(settings: Settings, day: date) -> tuple[list[Coverage], list[Absent]]:
    """How the site's points stand on a business date: counts by region and class, and the absent ones by name."""
    points, latest, looked = load_points(settings), ledger.latest_declared(settings, day), looks(settings)
    stand = states(points, latest, day)
    groups = sorted({(point.region, point.kind) for point in points})
    counts = [_counted(region, kind, points, stand, latest) for region, kind in groups]
    absent = [
        Absent(point, stand[point.id], latest.get(point.id), looked.get(point.id))
        for point in points
        if stand[point.id] in ("late", "silent")
    ]
    return counts, sorted(absent, key=lambda each: (each.state, each.latest or date.min, each.point.id))


def states(points: Sequence[Point], latest: Mapping[str, date], day: date) -> dict[str, str]:
    """How each point stands on a business date, a key of STATES. latest: newest business date that it has delivered."""
    return {point.id: _state(point, latest.get(point.id), day) for point in points}


def last_night(settings: Settings) -> date | None:
    """The business date of the last night that took anything."""
    return max((batch.night for batch in ledger.batches(settings)), default=None)


def _counted(region: str, kind: str, points: list[Point], states: dict[str, str], latest: dict[str, date]) -> Coverage:
    here = [point for point in points if (point.region, point.kind) == (region, kind)]
    expected = [point for point in here if states[point.id] != "later"]
    return Coverage(
        region=region,
        kind=kind,
        declared=len(here),
        expected=len(expected),
        connected=sum(point.id in latest for point in expected),
        late=sum(states[point.id] == "late" for point in here),
        silent=sum(states[point.id] == "silent" for point in here),
    )


def _state(point: Point, latest: date | None, day: date) -> str:
    """`later`: not expected yet; `here`: has delivered for the date; `late` or `silent`."""
    if latest == day:
        return "here"
    if point.connected_from > day:
        return "later"
    return "late" if latest and (day - latest).days <= LATE_DAYS else "silent"
