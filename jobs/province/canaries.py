"""Planted patients: people whose every identifier is unique in the province, so that a leak can be searched for.

Each visits a point that delivers in the standard and one that delivers in the vendor's dialect.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from jobs.province.calendar import days_of
from jobs.province.draws import Ints
from jobs.province.plan import TOWNSHIP, Plan, Point, points_of

COUNT = 50
# Patient numbers of planted patients: above those of all others.
FIRST_PATIENT = 99_000_000
SURNAMES = "逯亓佴緱缑璩郤鄢隗禤郏妫洗昝贠麹郗鞠厍逄仉僪呙闞乜"
GIVEN = "𠀀𠂇𡵆𩽾𠅤𪚥𬀩𬱖㛃䶮㑇鱻靐龘麤"
STREET = "秘境巷"


def names(canary: Ints, whose: int) -> pa.Array:
    """Names that occur once: of the patients (0) or of their guardians (1)."""
    return pa.array([_name(int(each), whose) for each in canary], pa.string())


def _name(canary: int, whose: int) -> str:
    place = canary + whose * COUNT
    first, second = GIVEN[place % len(GIVEN)], GIVEN[(place * 7 + place // len(GIVEN) + 3) % len(GIVEN)]
    return SURNAMES[place % len(SURNAMES)] + first + second


def phones(canary: Ints, whose: int) -> pa.Array:
    """Mobile numbers with a prefix that nobody else has."""
    return pa.array([f"192{(int(each) + whose * COUNT) * 773_117 % 10**8:08d}" for each in canary], pa.string())


def addresses(canary: Ints) -> pa.Array:
    """Addresses in a street where nobody else lives."""
    return pa.array([f"玉树市{STREET}{int(each) * 37 + 1001}号" for each in canary], pa.string())


def cards(canary: Ints) -> pa.Array:
    """Card numbers that stay the same at every point."""
    return pa.array([f"CANARY{int(each) * 99_991 + 7_000_000:010d}" for each in canary], pa.string())


@cache
def _stays(plan: Plan) -> dict[tuple[int, int], tuple[int, ...]]:
    """Point number and day -> who visits it then. Days and points are gone through in turn."""
    days = days_of(plan)
    stays: dict[tuple[int, int], tuple[int, ...]] = {}
    for dialect in ("standard-1", "huakang-3"):
        fitting = [point for point in points_of(plan.points) if point.dialect == dialect]
        busy = [point for point in fitting if point.kind != TOWNSHIP]  # A township center may see nobody on a Sunday.
        points = [point.number for point in busy or fitting]
        for canary in range(COUNT if points else 0):
            day = int(days[(canary * 3 + (dialect != "standard-1")) % len(days)])
            key = (points[canary * 11 % len(points)], day)
            stays[key] = (*stays.get(key, ()), canary)
    return stays


def at(plan: Plan, point: Point, day: int) -> tuple[int, ...]:
    """The planted patients who visit a point on a day."""
    return _stays(plan).get((point.number, day), ())


def of_point(plan: Plan, point: Point) -> Ints:
    """All planted patients who ever visit a point."""
    visitors = {canary for (number, _), there in _stays(plan).items() if number == point.number for canary in there}
    return np.array(sorted(visitors), dtype=np.int64)
