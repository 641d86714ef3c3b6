"""What happened at a point night by night: clean rows of every table, before anything goes wrong."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from jobs.province.calendar import MINUTE, days_of
from jobs.province.charges import charge, charge_rows
from jobs.province.citizens import EPOCH
from jobs.province.draft import Row, complete, dicts, take
from jobs.province.draws import Draws, Ints, entities
from jobs.province.encounters import diagnosis_rows, encounter_rows
from jobs.province.formulary import catalogue
from jobs.province.people import person_rows
from jobs.province.plan import Plan, Point
from jobs.province.prescriptions import Prescriptions, item_rows, prescribe, prescription_rows
from jobs.province.registers import institution_row
from jobs.province.staff import practitioners, registrations
from jobs.province.text import DAY
from jobs.province.visits import Visits, citizens_of, visits_on

Tables = dict[str, pa.Table]
# Share of returning patients who have moved, and of registered people who are new at the hospital on that day.
MOVED, NEW = 0.08, 0.45
REVERSED_LATER = 0.002


def nights_of(plan: Plan, point: Point) -> list[Tables]:
    """Clean rows of a small province's point, by night; every row is delivered the night after it was made."""
    visits = [visits_on(plan, point, int(day)) for day in days_of(plan)]
    known: set[int] = set()
    nights = [{**_persons(plan, visited, known), **_visited(plan, visited)} for visited in visits]
    nights[0] = {**_registers(plan, point), **nights[0]}
    for number in range(1, len(nights)):
        _arrived(plan, visits[number - 1], nights[number])
        _reversed_later(plan, point, number, nights)
        _changed(plan, point, number, nights)
    return nights


def _registers(plan: Plan, point: Point) -> Tables:
    return {
        "institution": complete("institution", institution_row(plan, point)),
        "practitioner": complete("practitioner", practitioners(plan, point)),
        "practitioner_registration": complete("practitioner_registration", registrations(plan, point)),
        "drug_catalogue": complete("drug_catalogue", catalogue(plan, point)),
    }


def _persons(plan: Plan, visits: Visits, known: set[int]) -> Tables:
    """Patients first seen on this day, and those who come again and have moved. Adds the former to `known`."""
    order = np.lexsort((visits.applied, visits.patient))
    patient, first = np.unique(visits.patient[order], return_index=True)
    applied = visits.applied[order][first]
    is_known = np.array([int(each) in known for each in patient], dtype=bool)
    draws, entity = Draws(plan.seed, "person"), entities(visits.point.number, patient)
    has_moved = is_known & draws.chance(f"moved on {int(visits.day[0])}" if len(visits.day) else "moved", entity, MOVED)
    known.update(int(each) for each in patient)
    rows = []
    for chosen, moved in ((~is_known, False), (has_moved, True)):
        people = citizens_of(plan, visits.point, patient[chosen], visits.point.own_patients)
        seen = applied[chosen] - 8 * MINUTE
        stamps = (registered_at(plan, entity[chosen], people.day_of_birth, applied[chosen]), seen)
        rows.append(person_rows(plan, visits.point, (patient[chosen], people), stamps, moved))
    return {"person": complete("person", pa.concat_tables(rows))}


def registered_at(plan: Plan, entity: Ints, born: Ints, applied: Ints) -> Ints:
    """When patients were first registered: on the day of a visit, or in the three years before the plan begins."""
    draws, begin = Draws(plan.seed, "person"), plan.begin.toordinal() - EPOCH
    earlier = begin - 1 - draws.below("registered", entity, 1_000)
    earlier = np.clip(earlier, born + 1, begin) * DAY + 8 * 3600 + draws.below("second", entity, 9 * 3600)
    is_new = draws.chance("is_new", entity, NEW) | (earlier > applied - 10 * MINUTE)
    return np.where(is_new, applied - 10 * MINUTE, earlier)


def _visited(plan: Plan, visits: Visits) -> Tables:
    """What the visits of a day leave behind."""
    drugs = prescribe(plan, visits)
    charged = charge(plan, visits, drugs)
    return {
        "encounter": complete("encounter", encounter_rows(plan, visits)),
        "encounter_diagnosis": complete("encounter_diagnosis", diagnosis_rows(plan, visits)),
        "prescription": complete("prescription", prescription_rows(plan, visits, drugs)),
        "prescription_item": complete("prescription_item", item_rows(plan, visits, drugs)),
        "charge_item": complete("charge_item", charge_rows(plan, visits, drugs[0], charged)),
    }


def _arrived(plan: Plan, visits: Visits, night: Tables) -> None:
    """Drugs sent out the day before have arrived: their prescriptions come again, in a later version."""
    drugs = prescribe(plan, visits)
    sent = np.flatnonzero(_is_sent(drugs[0]))
    later = take(complete("prescription", prescription_rows(plan, visits, drugs, later=True)), sent)
    night["prescription"] = pa.concat_tables([night["prescription"], later])


def _is_sent(written: Prescriptions) -> np.ndarray:
    return np.asarray(written.dispensed_later != written.dispensed)


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
