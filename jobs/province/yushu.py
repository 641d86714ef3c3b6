"""The volume of Yushu: one full delivery a point over 24 months, with exact totals over the province."""

from __future__ import annotations

import numpy as np

from jobs.province import canaries
from jobs.province.calendar import apportion, days_of, spread
from jobs.province.canaries import FIRST_PATIENT
from jobs.province.charges import charge, charge_rows
from jobs.province.citizens import CAPACITY
from jobs.province.draft import Draft, Fault, complete, dicts
from jobs.province.draws import Draws, Ints, entities
from jobs.province.encounters import diagnosis_rows, encounter_rows
from jobs.province.events import spoil
from jobs.province.mistakes import MISTAKES
from jobs.province.nights import Tables, registered_at, registers_of
from jobs.province.people import person_rows
from jobs.province.plan import HOSPITAL, INTERNET, Plan, Point, points_of
from jobs.province.prescriptions import item_rows, prescribe, prescription_rows
from jobs.province.text import DAY
from jobs.province.visits import Visits, citizens_of, day_number, make_visits
from lakehouse.errors import LakehouseError

# Share of a point's patients who live near another point.
GUESTS = {INTERNET: 0.5, HOSPITAL: 0.15}
# Fewer of an Internet hospital's visits end in a prescription.
ITEMS = {INTERNET: 0.8}
# Mistakes of each hospital, in tables that have no children.
SPOILED = (
    "charge_item.quantity.full_width",
    "charge_item.amount.type",
    "encounter_diagnosis.diagnosis_code.unknown_code",
)


def whole_of(plan: Plan, point: Point) -> list[Draft]:
    """The one delivery of a point: everything of 24 months.

    Raises PROVINCE-002 when the province has too few points for so many people."""
    count, own = people_of(plan, point)
    visits = _visits(plan, point, count, own)
    draft = Draft(plan.nights - 1, "full", _tables(plan, visits, count, own))
    if point.kind == HOSPITAL:
        _spoil(plan, point, draft)
    return [draft]


def share(plan: Plan, point: Point, table: str) -> int:
    """A point's part of the province's exact total of a table."""
    points = points_of(plan.points)
    factor = [ITEMS.get(each.kind, 1.0) if table == "prescription_item" else 1.0 for each in points]
    weights = np.array([each.weight * more for each, more in zip(points, factor, strict=True)])
    return int(apportion(weights, plan.total(table))[point.number - 1])


def people_of(plan: Plan, point: Point) -> tuple[int, int]:
    """How many patients a point has apart from planted ones, and how many of them live nearby."""
    count = share(plan, point, "person") - len(canaries.of_point(plan, point))
    own = count - int(count * GUESTS.get(point.kind, 0.0)) if point.homes else count
    if own > CAPACITY or count < 1:
        raise LakehouseError(
            "PROVINCE-002",
            "So few points cannot have so many patients each, or so many points so few.",
            do="Ask for --points between 20 and 500 with --volume yushu.",
        )
    return count, own


def _visits(plan: Plan, point: Point, count: int, own: int) -> Visits:
    """All visits of 24 months."""
    days = days_of(plan)
    counts = spread(plan, point, share(plan, point, "encounter"))
    first = np.cumsum(counts) - counts
    number = day_number(np.repeat(days, counts)) + np.arange(counts.sum()) - np.repeat(first, counts)
    patient = _patients(plan, entities(point.number, number), count, own)
    for day, begin, many in zip(days, first, counts, strict=True):
        planted = canaries.at(plan, point, int(day))[:many]
        patient[begin : begin + len(planted)] = np.array(planted, dtype=np.int64) + FIRST_PATIENT
    return make_visits(plan, point, number, (patient, np.full(len(number), -1), own))


def _patients(plan: Plan, entity: Ints, count: int, own: int) -> Ints:
    """Patient of each visit; some come often."""
    draws = Draws(plan.seed, "visit")
    drawn = draws.uniform("patient", entity)
    is_guest = draws.chance("is_guest", entity, (count - own) / count)
    begin, many = np.where(is_guest, own, 0), np.where(is_guest, count - own, own)
    return begin + np.floor(many * drawn * drawn).astype(np.int64)


def _tables(plan: Plan, visits: Visits, count: int, own: int) -> Tables:
    point, until = visits.point, (int(visits.day.max()) + 1) * DAY + 1_500
    drugs = prescribe(plan, visits, share(plan, point, "prescription_item"))
    rows = {
        "encounter": encounter_rows(plan, visits),
        "encounter_diagnosis": diagnosis_rows(plan, visits),
        "prescription": prescription_rows(plan, visits, drugs, until),
        "prescription_item": item_rows(plan, visits, drugs),
        "charge_item": charge_rows(plan, visits, drugs[0], charge(plan, visits, drugs)),
    }
    persons = _persons(plan, visits, count, own)
    return {**registers_of(plan, point), **persons, **{name: complete(name, table) for name, table in rows.items()}}


def _persons(plan: Plan, visits: Visits, count: int, own: int) -> Tables:
    """Everyone registered at the point, whether they came in these months or not."""
    point, days = visits.point, days_of(plan)
    planted = canaries.of_point(plan, point) + FIRST_PATIENT
    patient = np.concatenate([np.arange(count), planted])
    entity = entities(point.number, patient)
    people = citizens_of(plan, point, patient, own)
    applied = days[Draws(plan.seed, "person").below("day", entity, len(days))] * DAY + 10 * 3600
    place = np.where(visits.patient >= FIRST_PATIENT, count + np.searchsorted(planted, visits.patient), visits.patient)
    first = np.full(len(patient), np.iinfo(np.int64).max)
    np.minimum.at(first, place, visits.applied)
    applied = np.where(first < np.iinfo(np.int64).max, first, applied)
    registered = registered_at(plan, entity, people.day_of_birth, applied)
    return {"person": complete("person", person_rows(plan, point, (patient, people), (registered, applied - 480)))}


def _spoil(plan: Plan, point: Point, draft: Draft) -> None:
    """A few mistakes, and a line that stands twice."""
    places = Draws(plan.seed, "yushu").uniform("place", entities(point.number, np.arange(len(SPOILED) + 1)))
    for name, place in zip(SPOILED, places, strict=False):
        wrong = next(mistake for mistake in MISTAKES if mistake.name == name)
        spoil(point, draft, wrong, int(place * len(draft.tables[wrong.table])))
    again = draft.append("charge_item", dicts(draft.tables["charge_item"], [int(places[-1] * 100)]))
    draft.faults.append(Fault("double", "repeated", "", "charge_item", again))
