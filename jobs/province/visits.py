"""Visits: who comes when, why, to which department and physician."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from jobs.province import canaries
from jobs.province.calendar import MINUTE, clinic_seconds, days_of, months, visit_counts
from jobs.province.canaries import FIRST_PATIENT
from jobs.province.citizens import EPOCH, Citizens, citizens
from jobs.province.conditions import GROWN_UP, acute_of, chronic_of, conditions, groups
from jobs.province.draws import Bits, Draws, Flags, Ints, entities
from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan, Point, points_of
from jobs.province.staff import departments, staff_of
from jobs.province.text import DAY

# Share of visits by people who live near another point.
GUESTS = {INTERNET: 0.7, HOSPITAL: 0.15, TOWNSHIP: 0.0}
# Of an Internet hospital's guests this share saw one of its hospitals a few days before, if it was in the data then.
SEEN_BEFORE = 0.65
LOOK_BACK = 6
PER_DAY = 100_000
EMERGENCY, TIBETAN = ("20", "20"), ("51", "51.02")


@dataclass(frozen=True)
class Visits:
    """Visits of one point, an element each. Times in seconds since 1970.

    number: day and number within it, unique.   patient: number of the patient at the point.   illness: main diagnosis.
    kind: 1 consultation, 4 follow-up, 0 offline.   place: index of (department, subject) in `PLACES`.
    """

    point: Point
    day: Ints
    number: Ints
    patient: Ints
    people: Citizens
    illness: Ints
    chronic: Ints
    is_online: Flags
    is_emergency: Flags
    is_answered: Flags
    is_follow_up: Flags
    kind: Ints
    place: Ints
    physician: Ints
    applied: Ints
    started: Ints
    ended: Ints

    @property
    def entity(self) -> Ints:
        """Number of the visit in draws."""
        return entities(self.point.number, self.number)

    @property
    def is_treated(self) -> Flags:
        """Visits that end in a diagnosis."""
        return self.is_answered & (self.kind != 1)


PLACES = tuple(
    sorted(
        {(subject[:2], subject) for subject in conditions().subjects}
        | {EMERGENCY, TIBETAN, ("02", "02"), ("07", "07.04")}
    )
)


def citizens_of(plan: Plan, point: Point, patient: Ints, own: int) -> Citizens:
    """The people behind a point's patient numbers: first those nearby, then guests from its homes in turn."""
    homes = np.array(point.homes or (point.number,))
    guest, is_guest, is_planted = np.maximum(patient - own, 0), patient >= own, patient >= FIRST_PATIENT
    where = np.where(is_guest, homes[guest % len(homes)], point.number)
    index = np.where(is_guest, guest // len(homes), patient)
    return citizens(plan, np.where(is_planted, 0, where), np.where(is_planted, patient - FIRST_PATIENT, index))


@cache
def visits_of(plan: Plan, point: Point) -> Visits:
    """All visits of a small province's point, day by day."""
    days = days_of(plan)
    counts = visit_counts(plan, point, days)
    day, first = np.repeat(days, counts), np.repeat(np.cumsum(counts) - counts, counts)
    number = day_number(day) + np.arange(len(day)) - first
    patient, seen = _patients(plan, point, day, entities(point.number, number))
    for each, begin, count in zip(days, np.cumsum(counts) - counts, counts, strict=True):
        planted = canaries.at(plan, point, int(each))[:count]
        patient[begin : begin + len(planted)] = np.array(planted, dtype=np.int64) + FIRST_PATIENT
        seen[begin : begin + len(planted)] = -1
    return make_visits(plan, point, number, (patient, seen, point.own_patients))


def day_number(day: Ints) -> Ints:
    """First visit number of each day: YYYYMMDD00000."""
    dates = day.astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months(day)
    first = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return (year * 10_000 + month * 100 + first) * PER_DAY


def _patients(plan: Plan, point: Point, day: Ints, entity: Ints) -> tuple[Ints, Ints]:
    """Patient of each visit, and the illness that a hospital found some days before; -1 for none."""
    draws = Draws(plan.seed, "visit")
    share = draws.uniform("patient", entity)
    own = np.floor(point.own_patients * share * share).astype(np.int64)
    if not point.homes:
        return own, np.full(len(own), -1)
    homes = [points_of(plan.points)[number - 1] for number in point.homes]
    limits = np.array([home.own_patients for home in homes])
    slot = draws.below("home", entity, len(homes))
    guest = np.floor(limits[slot] * share * share).astype(np.int64)
    seen = np.full(len(own), -1)
    if point.kind == INTERNET and plan.volume == "small":
        guest, seen = _seen_before(plan, homes, (day, slot, entity), guest)
    is_guest = draws.chance("is_guest", entity, GUESTS[point.kind])
    patient = np.where(is_guest, point.own_patients + guest * len(homes) + slot, own)
    return patient, np.where(is_guest, seen, -1)


def _seen_before(plan: Plan, homes: list[Point], visit: tuple[Ints, Ints, Ints], guest: Ints) -> tuple[Ints, Ints]:
    """Replace guests by people who saw their hospital a few days ago, with the illness found there."""
    day, slot, entity = visit
    draws, first = Draws(plan.seed, "visit"), plan.begin.toordinal() - EPOCH
    before = day - 1 - draws.below("days_before", entity, LOOK_BACK)
    is_seen = draws.chance("is_seen", entity, SEEN_BEFORE) & (before >= first)
    guest, seen = guest.copy(), np.full(len(guest), -1)
    for number, home in enumerate(homes):
        there = visits_of(plan, home)
        is_chronic = np.array(conditions().is_chronic)[there.illness]
        local = np.flatnonzero((there.patient < home.own_patients) & there.is_treated & is_chronic)
        for earlier in np.unique(before[is_seen & (slot == number)]):
            at = np.flatnonzero(is_seen & (slot == number) & (before == earlier))
            then = local[there.day[local] == earlier]
            if len(then):
                chosen = then[draws.below("seen", entity[at], len(then))]
                guest[at], seen[at] = there.patient[chosen], there.illness[chosen]
    return guest, seen


def make_visits(plan: Plan, point: Point, number: Ints, who: tuple[Ints, Ints, int]) -> Visits:
    """Everything about visits that follows from their numbers and patients. who: patient, illness seen before, own."""
    patient, seen, own = who
    draws, entity = Draws(plan.seed, "visit"), entities(point.number, number)
    day = _days(number)
    people = citizens_of(plan, point, patient, own)
    illness, chronic, is_follow_up = _illness(plan, people, (day, entity), seen)
    is_online = draws.chance("is_online", entity, {INTERNET: 1.0, HOSPITAL: 0.05, TOWNSHIP: 0.0}[point.kind])
    is_emergency = ~is_online & draws.chance("is_emergency", entity, 0.07 if point.kind == HOSPITAL else 0.0)
    kind = np.where(is_online, np.where(draws.chance("is_advice", entity, 0.15) & (seen < 0), 1, 4), 0)
    place = _places(draws, point, (entity, illness, people.age(day)), is_emergency)
    started = day * DAY + clinic_seconds(draws, entity, is_online, is_emergency)
    return Visits(
        point=point,
        day=day,
        number=number,
        patient=patient,
        people=people,
        illness=illness,
        chronic=chronic,
        is_online=is_online,
        is_emergency=is_emergency,
        is_answered=~is_online | draws.chance("is_answered", entity, 0.96),
        is_follow_up=np.where(is_online, (kind == 4) & ~draws.chance("is_first", entity, 0.02), is_follow_up),
        kind=kind,
        place=place,
        physician=_physicians(plan, point, draws.bits("physician", entity), place),
        applied=started - draws.between("wait", entity, 6 * MINUTE, 70 * MINUTE),
        started=started,
        ended=started + draws.between("length", entity, 5 * MINUTE, 25 * MINUTE),
    )


def _days(number: Ints) -> Ints:
    """Day of each visit number, since 1970."""
    when = number // PER_DAY
    months_since = (when // 10_000 - 1970) * 12 + when // 100 % 100 - 1
    return months_since.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + when % 100 - 1


def _illness(plan: Plan, people: Citizens, visit: tuple[Ints, Ints], seen: Ints) -> tuple[Ints, Ints, Flags]:
    """Main illness of each visit, the patient's chronic one (-1: none), and whether it is a follow-up."""
    day, entity = visit
    draws, age = Draws(plan.seed, "visit"), people.age(day)
    chronic = chronic_of(Draws(plan.seed, "citizen"), people.entity, people.sex, age)
    acute = acute_of(draws, entity, groups(people.sex, age), months(day))
    for_chronic = (chronic >= 0) & draws.chance("for_chronic", entity, 0.65)
    illness = np.where(seen >= 0, seen, np.where(for_chronic, chronic, acute))
    share = np.where(for_chronic, 0.85, 0.12)
    return illness, chronic, (seen >= 0) | draws.chance("is_follow_up", entity, share)


def _places(draws: Draws, point: Point, visit: tuple[Ints, Ints, Ints], is_emergency: Flags) -> Ints:
    """Department and subject: that of the illness, the child's, emergency, Tibetan medicine, or the township's."""
    entity, illness, age = visit
    usual = np.array([PLACES.index((subject[:2], subject)) for subject in conditions().subjects])[illness]
    child, surgery = PLACES.index(("07", "07.04")), PLACES.index(("04", "04.03"))
    is_internal = np.array([code in ("02", "03") for code, _ in PLACES])[usual]
    place = np.where((age < GROWN_UP) & is_internal, child, usual)
    is_hurt = usual == PLACES.index(EMERGENCY)
    place = np.where(is_emergency, PLACES.index(EMERGENCY), np.where(is_hurt, surgery, place))
    is_tibetan = draws.chance("is_tibetan", entity, {"A412": 0.5, "A100": 0.03}.get(point.class_code, 0.1))
    if point.kind == TOWNSHIP:
        place = np.where(place == child, child, PLACES.index(("02", "02")))
    if point.kind == INTERNET:
        return place
    return np.where(is_tibetan & ~is_emergency & (age >= GROWN_UP), PLACES.index(TIBETAN), place)


def _physicians(plan: Plan, point: Point, bits: Bits, place: Ints) -> Ints:
    """Index of the physician: one of the department's; where it has none, anyone."""
    staff = staff_of(plan, point)
    theirs = np.array([departments(point)[department][0] for department in staff.department[staff.kind == 0]])
    chosen = np.zeros(len(place), dtype=np.int64)
    for each in np.unique(place):
        members = np.flatnonzero(theirs == PLACES[each][0])
        members = members if len(members) else np.arange(len(theirs))
        at = place == each
        chosen[at] = members[(bits[at] % np.uint64(len(members))).astype(np.int64)]
    return chosen
