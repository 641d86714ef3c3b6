"""What happened at a point night by night: clean rows of every table, before anything goes wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province.calendar import MINUTE, days_of
from jobs.province.charges import charge, charge_rows
from jobs.province.citizens import EPOCH
from jobs.province.draft import Row, complete, dicts, take
from jobs.province.draws import Draws, Ints, entities
from jobs.province.encounters import diagnosis_rows, encounter_rows
from jobs.province.formulary import catalogue
from jobs.province.people import person_rows
from jobs.province.plan import Plan, Point
from jobs.province.prescriptions import Items, Prescriptions, item_rows, prescribe, prescription_rows
from jobs.province.registers import institution_row
from jobs.province.staff import practitioners, registrations
from jobs.province.text import DAY
from jobs.province.visits import Visits, citizens_of, visits_of

Tables = dict[str, pa.Table]
# Share of returning patients who have moved, and of registered people who are new at the hospital on that day.
MOVED, NEW = 0.08, 0.45
REVERSED_LATER = 0.002
NEVER = np.iinfo(np.int64).max


def nights_of(plan: Plan, point: Point) -> list[Tables]:
    """Clean rows of a small province's point, by night; every row is delivered the night after it was made."""
    visits = visits_of(plan, point)
    drugs = prescribe(plan, visits)
    by_table = {"person": _persons(plan, visits), **_visited(plan, visits, drugs)}
    nights = [{name: tables[number] for name, tables in by_table.items()} for number in range(plan.nights)]
    nights[0] = {**registers_of(plan, point), **nights[0]}
    for number, later in enumerate(_arrived(plan, visits, drugs)[:-1], 1):
        nights[number]["prescription"] = pa.concat_tables([nights[number]["prescription"], later])
    for number in range(1, len(nights)):
        _reversed_later(plan, point, number, nights)
        _changed(plan, point, number, nights)
    return nights


def _by_day(plan: Plan, rows: pa.Table, day: Ints) -> list[pa.Table]:
    """Rows in the order of their days, cut into the days of the plan."""
    days = days_of(plan)
    edges = np.searchsorted(day, np.append(days, days[-1] + 1))
    return [rows.slice(begin, end - begin) for begin, end in pairwise(edges)]


def registers_of(plan: Plan, point: Point) -> Tables:
    """The registers as they were when the point was connected."""
    return {
        "institution": complete("institution", institution_row(plan, point)),
        "practitioner": complete("practitioner", practitioners(plan, point)),
        "practitioner_registration": complete("practitioner_registration", registrations(plan, point)),
        "drug_catalogue": complete("drug_catalogue", catalogue(plan, point)),
    }


def _persons(plan: Plan, visits: Visits) -> list[pa.Table]:
    """By day: patients first seen then, and those who come again and have moved."""
    order = np.lexsort((visits.applied, visits.patient, visits.day))
    same_day = np.zeros(len(order), dtype=bool)
    day, patient = visits.day[order], visits.patient[order]
    same_day[1:] = (day[1:] == day[:-1]) & (patient[1:] == patient[:-1])
    at = order[~same_day]
    is_first = np.zeros(len(at), dtype=bool)
    is_first[np.unique(visits.patient[at], return_index=True)[1]] = True
    entity = entities(visits.point.number, visits.patient[at])
    has_moved = ~is_first & Draws(plan.seed, "person").chance("moved", entity + visits.day[at] * 7_919, MOVED)
    new, moved = at[is_first], at[has_moved]
    rows = pa.concat_tables([_person_rows(plan, visits, new, False), _person_rows(plan, visits, moved, True)])
    days = np.concatenate([visits.day[new], visits.day[moved]])
    order = np.argsort(days, kind="stable")
    return _by_day(plan, take(complete("person", rows), order), days[order])


def _person_rows(plan: Plan, visits: Visits, at: Ints, moved: bool) -> pa.Table:
    """Rows of the patients of some visits, made when they asked for the visit."""
    patient, applied = visits.patient[at], visits.applied[at]
    people = citizens_of(plan, visits.point, patient, visits.point.own_patients)
    registered = registered_at(plan, entities(visits.point.number, patient), people.day_of_birth, applied)
    return person_rows(plan, visits.point, (patient, people), (registered, applied - 8 * MINUTE), moved)


def registered_at(plan: Plan, entity: Ints, born: Ints, applied: Ints) -> Ints:
    """When patients were first registered: on the day of a visit, or in the three years before the plan begins."""
    draws, begin = Draws(plan.seed, "person"), plan.begin.toordinal() - EPOCH
    earlier = begin - 1 - draws.below("registered", entity, 1_000)
    earlier = np.clip(earlier, born + 1, begin) * DAY + 8 * 3600 + draws.below("second", entity, 9 * 3600)
    is_new = draws.chance("is_new", entity, NEW) | (earlier > applied - 10 * MINUTE)
    return np.where(is_new, applied - 10 * MINUTE, earlier)


def _visited(plan: Plan, visits: Visits, drugs: tuple[Prescriptions, Items]) -> dict[str, list[pa.Table]]:
    """What the visits leave behind, by table and day. A visit's number begins with its date."""
    written, items = drugs
    charged = charge(plan, visits, drugs)
    tables = {
        "encounter": encounter_rows(plan, visits),
        "encounter_diagnosis": diagnosis_rows(plan, visits),
        "prescription": prescription_rows(plan, visits, drugs),
        "prescription_item": item_rows(plan, visits, drugs),
        "charge_item": charge_rows(plan, visits, written, charged),
    }
    days = {
        "encounter": visits.day,
        "encounter_diagnosis": visits.day[np.searchsorted(visits.number, _numbers(tables["encounter_diagnosis"]))],
        "prescription": visits.day[written.at],
        "prescription_item": visits.day[written.at[items.at]],
        "charge_item": visits.day[charged.at],
    }
    return {name: _by_day(plan, complete(name, rows), days[name]) for name, rows in tables.items()}


def _numbers(rows: pa.Table) -> Ints:
    """Visit numbers of rows."""
    return np.asarray(pc.cast(rows["encounter_id"], pa.int64()).to_numpy())


def _arrived(plan: Plan, visits: Visits, drugs: tuple[Prescriptions, Items]) -> list[pa.Table]:
    """By day of the visit: prescriptions whose drugs were sent, in the version of the day after, when they arrive."""
    written = drugs[0]
    sent = np.flatnonzero(written.dispensed_later != written.dispensed)
    later = complete("prescription", prescription_rows(plan, visits, drugs, NEVER))
    return _by_day(plan, take(later, sent), visits.day[written.at[sent]])


def _reversed_later(plan: Plan, point: Point, number: int, nights: list[Tables]) -> None:
    """Some lines of the day before are taken back today."""
    before = nights[number - 1]["charge_item"]
    entity = entities(point.number, number * 1_000_000 + np.arange(len(before)))
    chosen = np.flatnonzero(Draws(plan.seed, "reversal").chance("is_reversed_later", entity, REVERSED_LATER))
    rows = [_reversal(row, str(plan.dates[number])) for row in dicts(before, chosen) if row["reversal_of"] is None]
    added = pa.Table.from_pylist(rows, schema=before.schema)
    nights[number]["charge_item"] = pa.concat_tables([nights[number]["charge_item"], added])


def _reversal(row: Row, day: str) -> Row:
    return {
        **row,
        "charge_id": f"{row['charge_id']}R",
        "quantity": f"-{row['quantity']}",
        "amount": f"-{row['amount']}",
        "reversal_of": row["charge_id"],
        "charged_at": f"{day} 09:30:00",
        "updated_at": f"{day} 09:31:00",
    }


def _changed(plan: Plan, point: Point, number: int, nights: list[Tables]) -> None:
    """A physician has another telephone number, a drug another maker: new versions in the registers."""
    day = str(plan.dates[number])
    draws, entity = Draws(plan.seed, "register"), entities(point.number, number)
    for table, change in (
        ("practitioner", {"phone": f"188{int(draws.below('phone', entity, 10**8)):08d}"}),
        ("drug_catalogue", {"manufacturer": "西藏雪域药业有限公司"}),
    ):
        listed = nights[0][table]
        row = dicts(listed, [int(draws.below(table, entity, len(listed)))])[0]
        changed = {**row, **change, "updated_at": f"{day} 10:00:00"}
        nights[number][table] = pa.Table.from_pylist([changed], schema=listed.schema)
