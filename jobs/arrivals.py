"""Landing as tasks of a scheduler: points in groups, each landed by itself, and the wait for those that are late.

Arguments and results are names, numbers and dates as text; no value of a patient and no secret is among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from math import ceil
from typing import Any, TypeVar

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.pull import cut_off
from jobs.landing.record import read_record
from jobs.lock import BEIJING, landing_lock, wait_seconds
from jobs.site import load_points
from jobs.transports.connections import Secrets
from jobs.transports.faults import FAULTS
from lakehouse.errors import PassingError
from lakehouse.settings import Settings

AT_MOST = 64  # Tasks of one kind.
ALIKE = 8  # Points in each, as long as there are not too many: starting a task costs seconds.
Item = TypeVar("Item")


def chunks(settings: Settings) -> list[list[str]]:
    """The site's points in groups of about eight, or in 64 larger ones; each as large as the others, give or take one."""
    points = [point.id for point in load_points(settings)]
    return in_groups(points, min(AT_MOST, ceil(len(points) / ALIKE)))


def in_groups(items: Sequence[Item], at_most: int) -> list[list[Item]]:
    """Everything in so many groups at most, neighbours apart: the large hospitals have the first ids."""
    count = min(at_most, len(items))
    return [list(items[place::count]) for place in range(count)]


def land(
    settings: Settings, day: str, points: Sequence[str], secrets: Secrets | None = None, tries_left: int = 0
) -> dict[str, Any]:
    """Land what points offer: deliveries by status, and points that cannot be reached, with the code of the reason.

    While tries are left, raises LAND-005 for points that may be reached a little later; what came is landed by then.
    """
    last = date.fromisoformat(day)
    with landing_lock(settings, points, wait_seconds()):
        # In this process: a task does nothing else, and ends with what it has read.
        landed = land_night(settings, last, last, points, workers=0, secrets=secrets)
    found = {point: look.code for point, look in looks(settings).items() if point in points and look.code}
    passing = sorted(point for point, code in found.items() if code in FAULTS and FAULTS[code].again)
    if passing and tries_left:
        raise PassingError(
            "LAND-005",
            "Points cannot be reached just now.",
            where=", ".join(f"{point} {found[point]}" for point in passing),
            do="It is tried again; if it stays so, see `lakehouse status`.",
        )
    return {**Counter(delivery.status for delivery in landed), "away": found}


def late(settings: Settings, day: str) -> list[str]:
    """Points that are expected and have delivered nothing of that business date."""
    expected = [point.id for point in load_points(settings) if point.connected_from <= date.fromisoformat(day)]
    return [point for point in expected if not _is_in(settings, point, day)]


def _is_in(settings: Settings, point: str, day: str) -> bool:
    """Whether something of the date has landed; a refused delivery is still to be mended."""
    folders = (settings.landing / point).glob(f"{day}-*")  # Folders begin with the business date.
    return any(read_record(folder).status != "refused" for folder in folders)


def gathered(settings: Settings, day: str, secrets: Secrets | None = None, now: datetime | None = None) -> bool:
    """Whether the night can go on: everything expected is in, or its cut-off has passed. Asks late points once more.

    now: Beijing time. It decides only how long to wait; what a night takes is decided by the stamps of the deliveries.
    """
    missing = late(settings, day)
    if not missing or (now or datetime.now(BEIJING).replace(tzinfo=None)) >= cut_off(date.fromisoformat(day)):
        return True
    land(settings, day, missing, secrets)
    return not late(settings, day)
