"""People: who they are wherever they show their identity card. A citizen is the k-th inhabitant near a point.

Numbers of identity cards are unique by construction: places of birth, days of birth and order numbers are dealt out to
points, days and inhabitants without overlap, so that any citizen can be told without looking at the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province import names, places
from jobs.province.check_digits import resident_check
from jobs.province.draws import Draws, Ints
from jobs.province.plan import Plan, points_of
from jobs.province.text import CALENDAR, FIRST_DAY, digits, glue, text

# Days of birth that a point's inhabitants share out, and how many of one day and sex a point may have.
BIRTHDAYS, PER_DAY = 11_987, 16
CAPACITY = BIRTHDAYS * PER_DAY
BLOCKS = 999 // (2 * PER_DAY)
SPARE_REGIONS = 60
EPOCH = date(1970, 1, 1).toordinal()
# Ends of age classes in years, and the share of inhabitants below each; young as on the plateau.
AGES = (0.0, 1, 5, 15, 25, 35, 45, 55, 65, 75, 85, 97)
BELOW = (0.0, 0.017, 0.085, 0.24, 0.38, 0.54, 0.69, 0.82, 0.91, 0.965, 0.992, 1.0)
YEAR = 365.2425
# Kinds of document: identity card, passport, permit of Hong Kong and Macao, officer's card.
CERTIFICATE_TYPES = ("01", "03", "06", "04")
CERTIFICATE_SHARES = (0.985, 0.008, 0.004, 0.003)


@dataclass(frozen=True)
class Citizens:
    """A batch of people, an array element each. day_of_birth: days since 1970. kind: index of CERTIFICATE_TYPES."""

    point: Ints
    index: Ints
    sex: Ints
    day_of_birth: Ints
    ethnic: Ints
    kind: Ints

    @property
    def entity(self) -> Ints:
        """Number of the citizen in draws."""
        return self.index + (self.point << 40)

    def age(self, day: Any) -> Ints:
        """Whole years on a day, to within a day."""
        return np.floor((day - self.day_of_birth) / YEAR).astype(np.int64)


def citizens(plan: Plan, point: Any, index: Any) -> Citizens:
    """The `index`-th inhabitants near the points of the given numbers; point 0: planted patients."""
    index = np.asarray(index, dtype=np.int64)
    point = np.broadcast_to(np.asarray(point, dtype=np.int64), index.shape)
    draws, entity = Draws(plan.seed, "citizen"), index + (point << 40)
    is_urban = np.array([False, *(each.region.startswith("64") for each in points_of(plan.points))])[point]
    drawn = draws.uniform("ethnic", entity)
    hui, tibetan = np.where(is_urban, 0.36, 0.01), np.where(is_urban, 0.01, 0.95)
    return Citizens(
        point=point,
        index=index,
        sex=1 + draws.below("sex", entity, 2),
        day_of_birth=_days_of_birth(plan)[index * 4_801 % BIRTHDAYS],
        ethnic=np.where(drawn < tibetan, names.TIBETAN, np.where(drawn < tibetan + hui, names.HUI, names.HAN)),
        kind=np.where(point == 0, 0, draws.weighted("certificate", entity, CERTIFICATE_SHARES)),
    )


@cache
def _days_of_birth(plan: Plan) -> Ints:
    """The days of birth that inhabitants share out, all different, as dense as ages are; the youngest is a day old."""
    ages = np.interp((np.arange(BIRTHDAYS) + 0.5) / BIRTHDAYS, BELOW, AGES)
    return np.asarray(plan.begin.toordinal() - EPOCH - 1 - np.floor(ages * YEAR).astype(np.int64))


def numbers(plan: Plan, people: Citizens) -> Any:
    """Numbers of the documents that people show."""
    block = np.array([0, *(block for _, block in _dealt(plan.points))])[people.point]
    order = (block * PER_DAY + people.index // BIRTHDAYS) * 2 + people.sex % 2
    resident = resident_numbers(_regions_of_birth(plan, people), people.day_of_birth, order)
    kind, serial = pa.array(people.kind), digits(people.entity * 7_919 % 10**8, 8)
    passport, permit = (text(glue(len(serial), letter, serial)) for letter in ("E", "H"))
    return pc.choose(pc.cast(kind, pa.int64()), resident, passport, permit, text(serial))


def resident_numbers(region: Any, day_of_birth: Ints, order: Any) -> Any:
    """Identity numbers after GB 11643 from division, day of birth and order number (odd for men)."""
    birth = CALENDAR[day_of_birth - FIRST_DAY][:, [0, 1, 2, 3, 5, 6, 8, 9]]
    count = len(birth)
    first_17 = glue(count, digits(np.broadcast_to(region, count), 6), birth, digits(np.broadcast_to(order, count), 3))
    return text(glue(count, first_17, resident_check(first_17)[:, None]))


@cache
def _dealt(points: int) -> tuple[tuple[str, int], ...]:
    """Division of birth and block of order numbers of each point; no two points share both."""
    used: dict[str, int] = {}
    dealt = []
    for point in points_of(points):
        candidates = (point.region, *places.elsewhere()[:SPARE_REGIONS])
        region = next(code for code in candidates if used.get(code, 0) < BLOCKS)
        dealt.append((region, used.get(region, 0)))
        used[region] = used.get(region, 0) + 1
    return tuple(dealt)


def _regions_of_birth(plan: Plan, people: Citizens) -> Ints:
    """Nine of ten were born where they live. Divisions elsewhere are dealt out by home: none serves two homes."""
    dealt = np.array([int(places.CANARY_REGION), *(int(region) for region, _ in _dealt(plan.points))])
    homes, rank = np.unique(dealt, return_inverse=True)
    others = np.array([int(code) for code in places.elsewhere()[SPARE_REGIONS:]])
    each = len(others) // len(homes)
    other = others[rank[people.point] * each + people.index // 10 % each]
    return np.where((people.index % 10 == 7) & (people.point > 0), other, dealt[people.point])
