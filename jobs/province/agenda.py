"""Which points do what on which night: mistakes, corrections, refusals, repeats. Dealt out over the whole province."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from jobs.province.draws import Draws
from jobs.province.mistakes import MISTAKES, ORPHANS
from jobs.province.offers import Lie
from jobs.province.plan import HOSPITAL, TOWNSHIP, Plan, Point, points_of

# Mistakes of each kind in a province of many points; a small one has one of each.
COPIES, MANY_SLOTS = 6, 60
REFUSALS = (*Lie, "broken_byte", "missing", "renamed", "unknown")
TWISTS = ("bom", "reordered")


@dataclass(frozen=True)
class Event:
    """One thing that a point does on a night. what: mistake, orphan, refused, twist, late, repeat, correction, …"""

    what: str
    which: str = ""
    copy: int = 0


@cache
def agenda(plan: Plan) -> dict[tuple[int, int], tuple[Event, ...]]:
    """(point number, night) -> its events, in a fixed order."""
    dealt: dict[tuple[int, int], tuple[Event, ...]] = {}
    for event, slot in _events(plan):
        dealt[slot] = (*dealt.get(slot, ()), event)
    return dealt


def _events(plan: Plan) -> list[tuple[Event, tuple[int, int]]]:
    events = []
    for what, which, count, fits in _wanted(plan):
        slots = _slots(plan, f"{what}/{which}", fits)
        events += [(Event(what, which, copy), slots[copy % len(slots)]) for copy in range(count if slots else 0)]
    return events


def _wanted(plan: Plan) -> list[tuple[str, str, int, Callable[[Point, int], bool]]]:
    """What is wanted, how often, and who may do it on which night."""
    last = plan.nights - 1
    big = [point for point in points_of(plan.points) if point.kind == HOSPITAL]
    copies = COPIES if len(big) * plan.nights >= MANY_SLOTS else 1
    share = plan.points * plan.nights
    wanted: list[tuple[str, str, int, Callable[[Point, int], bool]]] = []
    for mistake in MISTAKES:
        wanted.append(("mistake", mistake.name, copies, _hospital(plan, mistake.dialect)))
    for orphan in ORPHANS:
        wanted.append(("orphan", orphan.name, copies, lambda point, night: point.kind == HOSPITAL))
    for table in ("person", "encounter", "prescription"):
        wanted.append(("withheld", table, copies, lambda point, night: point.kind == HOSPITAL and night < last))
    for table in ("charge_item", "encounter_diagnosis", "prescription_item"):
        wanted.append(("double", table, copies * 2, lambda point, night: point.kind != TOWNSHIP))
    for which in REFUSALS:
        wanted.append(("refused", str(which), 1, lambda point, night: point.kind != TOWNSHIP and night > 0))
        wanted.append(("refused_increment", str(which), int(copies > 1), lambda point, night: 0 < night < last))
    for which in TWISTS:
        wanted.append(("twist", which, max(2, share // 150), lambda point, night: True))
    wanted.append(("late", "", max(1, share // 120), lambda point, night: 0 < night < last))
    wanted.append(("repeat", "", max(2, share // 100), lambda point, night: night > 0))
    wanted.append(("correction", "", max(2, share // 12), lambda point, night: night > 0))
    wanted.append(("deletion", "", max(2, share // 20), lambda point, night: night > 0))
    wanted.append(("resent", "", max(1, share // 40), lambda point, night: night > 0))
    wanted.append(("closed_region", "", copies, lambda point, night: point.kind == HOSPITAL))
    return wanted


def _hospital(plan: Plan, dialect: str | None) -> Callable[[Point, int], bool]:
    """Hospitals of the dialect; where the province has none, any point of the dialect."""
    fitting = [point for point in points_of(plan.points) if dialect in (None, point.dialect)]
    hospitals = {point.number for point in fitting if point.kind == HOSPITAL} or {point.number for point in fitting}
    return lambda point, night: point.number in hospitals


def _slots(plan: Plan, label: str, fits: Callable[[Point, int], bool]) -> list[tuple[int, int]]:
    """Fitting points and nights in an order of their own for each label; hospitals come first."""
    slots = [(point, night) for point in points_of(plan.points) for night in range(plan.nights) if fits(point, night)]
    bits = Draws(plan.seed, "agenda").bits(
        label, np.array([point.number * 1_000 + night for point, night in slots] or [0])
    )
    order = sorted(range(len(slots)), key=lambda place: int(bits[place]))
    return [(slots[place][0].number, slots[place][1]) for place in order]
