"""What a point writes down about a patient: identity, address, card, insurance, guardian."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province import canaries, names, places
from jobs.province.citizens import CERTIFICATE_TYPES, Citizens, numbers, resident_numbers
from jobs.province.conditions import GROWN_UP
from jobs.province.draws import Draws, Flags, Ints
from jobs.province.plan import Plan, Point, points_of
from jobs.province.staff import phones
from jobs.province.text import blank, dates, digits, glue, integers, pick, same, text, times

Columns = dict[str, Any]

CARD_TYPES, CARD_SHARES = ("1", "2", "4", None), (0.35, 0.45, 0.15, 0.05)
INSURANCE, INSURANCE_SHARES = ("390", "310", "320", None), (0.8, 0.13, 0.01, 0.06)
# A number prime to 10**8: multiplying by it gives every patient another number.
SCATTER = 38_261_937


def patient_ids(point: Point, patient: Ints) -> pa.Array:
    """Numbers that the hospital gave its patients; the same person has others elsewhere."""
    return text(digits((patient * SCATTER + point.number * 1_234_577) % 10**8, 8))


def certificates(plan: Plan, people: Citizens) -> Columns:
    """Kind and number of the document shown."""
    return {
        "certificate_type_code": pick(CERTIFICATE_TYPES, people.kind),
        "certificate_number": numbers(plan, people),
    }


def cards(plan: Plan, point: Point, people: Citizens) -> Columns:
    """Card and insurance. Cards of the hospital differ from point to point, the others do not."""
    draws = Draws(plan.seed, "citizen")
    kind, count = draws.weighted("card", people.entity, CARD_SHARES), len(people.index)
    serial = digits(draws.below("card_number", people.entity, 10**12), 12)
    own = text(glue(count, f"{point.number:03d}", serial))
    insured, electronic = text(glue(count, "63", serial)), text(glue(count, "EHC", serial))
    number = pc.choose(pa.array(kind), own, insured, electronic, same(None, count))
    is_planted = people.point == 0
    return {
        "card_type_code": _planted(pick(CARD_TYPES, kind), is_planted, lambda at: same("4", len(at)), people),
        "card_number": _planted(number, is_planted, canaries.cards, people),
        "insurance_type_code": pick(INSURANCE, draws.weighted("insurance", people.entity, INSURANCE_SHARES)),
    }


def guardians(plan: Plan, people: Citizens, day: Any) -> Columns:
    """Guardians of children (on a day), and of every planted patient."""
    draws, entity = Draws(plan.seed, "guardian"), people.entity
    is_planted = people.point == 0
    has_one = (people.age(day) < GROWN_UP) | is_planted
    sex = 1 + draws.below("sex", entity, 2)
    regions = np.array([int(code) for code in places.GUARDIAN_REGIONS])
    born = people.day_of_birth - np.where(is_planted & (people.age(day) > 30), -7_000, 8_000)
    born = born - draws.below("age", entity, 3_600)
    order = (people.index * 31 + people.point) % 499 * 2 + sex % 2
    number = resident_numbers(regions[(people.index + people.point) % len(regions)], born, order)
    name = names.full_names(draws, entity, people.ethnic, sex)
    return {
        "guardian_name": blank(_planted(name, is_planted, lambda at: canaries.names(at, 1), people), has_one),
        "guardian_certificate_type_code": blank(same("01", len(sex)), has_one),
        "guardian_certificate_number": blank(number, has_one),
        "guardian_phone": blank(_phones(draws, people, 1), has_one),
    }


def person_rows(
    plan: Plan, point: Point, who: tuple[Ints, Citizens], stamps: tuple[Ints, Ints], moved: bool = False
) -> pa.Table:
    """Rows of the person table. who: patient numbers and people.   stamps: when registered, when this version was made.

    moved: with the address and telephone number that the person has later.
    """
    (patient, people), (registered, updated) = who, stamps
    draws, day = Draws(plan.seed, "citizen"), updated // 86_400
    is_planted = people.point == 0
    name = names.full_names(draws, people.entity, people.ethnic, people.sex)
    return pa.table(
        {
            "patient_id": patient_ids(point, patient),
            **certificates(plan, people),
            "name": _planted(name, is_planted, lambda at: canaries.names(at, 0), people),
            "sex_code": pick(("1", "2"), people.sex - 1),
            "birth_date": dates(people.day_of_birth),
            "ethnic_code": text(digits(people.ethnic, 2)),
            "marital_code": _marital(draws, people, people.age(day)),
            "phone": _phones(draws, people, 0, "later_" if moved else ""),
            "address": _addresses(plan, people, "later_" if moved else ""),
            "region_code": pick(_regions(plan), people.point),
            **cards(plan, point, people),
            **guardians(plan, people, day),
            "registered_at": times(registered),
            "updated_at": times(updated),
        }
    )


def _planted(column: Any, is_planted: Flags, special: Any, people: Citizens) -> Any:
    """The column with planted patients' own values; `special` gives them for canary numbers."""
    if not is_planted.any():
        return column
    return pc.replace_with_mask(column, pa.array(is_planted), special(people.index[is_planted]))


def _phones(draws: Draws, people: Citizens, whose: int, when: str = "") -> Any:
    numbers_ = phones(draws, f"{when}phone", people.entity)
    return _planted(numbers_, people.point == 0, lambda at: canaries.phones(at, whose), people)


def _regions(plan: Plan) -> list[str]:
    """County of residence by number of the home point; planted patients live in the prefecture's town."""
    return ["632701", *(point.region for point in points_of(plan.points))]


def _addresses(plan: Plan, people: Citizens, when: str) -> Any:
    draws, regions = Draws(plan.seed, "address"), _regions(plan)
    streets = [places.STREETS[region[:2]] for region in regions]
    street = draws.below(f"{when}street", people.entity, 10)
    plain = pc.binary_join_element_wise(
        pick([places.names()[region] for region in regions], people.point),
        pick([name for row in streets for name in row], people.point * 10 + street),
        integers(1 + draws.below(f"{when}house", people.entity, 300)),
        same("号", len(street)),
        integers(101 + draws.below(f"{when}door", people.entity, 900)),
        same("室", len(street)),
        "",
    )
    return _planted(plain, people.point == 0, canaries.addresses, people)


def _marital(draws: Draws, people: Citizens, age: Ints) -> Any:
    drawn = draws.uniform("marital", people.entity)
    settled = np.where(drawn < 0.06, 3, np.where((age > 62) & (drawn < 0.35), 2, 1))
    return pick(("10", "20", "30", "40"), np.where((age < 20) | ((age < 28) & (drawn < 0.5)), 0, settled))
