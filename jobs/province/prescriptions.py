"""Prescriptions and their items: which drugs, how much, who reviews and hands out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np
import pyarrow as pa

from jobs.province import people
from jobs.province.calendar import MINUTE
from jobs.province.conditions import conditions
from jobs.province.draws import Draws, Flags, Ints, entities
from jobs.province.encounters import capped, common, encounter_ids, signatures
from jobs.province.formulary import Formulary, drug_codes, drug_rows, fens_of, formulary, prices
from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan
from jobs.province.staff import HEADS, staff_numbers
from jobs.province.text import digits, flags, glue, integers, money, pick, text, times
from jobs.province.visits import Visits

WESTERN, PROPRIETARY, HERBAL = 1, 2, 3
# Share of treated visits with a prescription, by kind of point.
SHARES = {INTERNET: 0.8, HOSPITAL: 0.66, TOWNSHIP: 0.8}
# Items of a prescription from one on, and the share of visits with herbs, by volume.
ITEMS = {"small": (0.27, 0.3, 0.25, 0.13, 0.05), "yushu": (0.05, 0.11, 0.2, 0.28, 0.36)}
HERBS = {"small": 0.06, "yushu": 0.3}
YUSHU_SHARE = 0.94
MOST, FEWEST_HERBS, MOST_HERBS = 5, 6, 12
LONG_COURSES = (14, 28, 28, 28, 56, 84)
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Prescriptions:
    """Prescriptions of visits, an element each; times in seconds, -1 for never. at: index of the visit."""

    at: Ints
    number: Ints
    kind: Ints
    is_long: Flags
    course: Ints
    issued: Ints
    reviewed: Ints
    result: Ints
    dispensed: Ints
    dispensed_later: Ints

    @property
    def is_valid(self) -> Flags:
        """In force: the pharmacist passed it."""
        return self.result == 0


@dataclass(frozen=True)
class Items:
    """Items, an element each. at: index of the prescription.   drug: row of the reference list.   fen: amount."""

    at: Ints
    line: Ints
    drug: Ints
    days: Ints
    quantity: Ints
    ticks: Ints
    fen: Ints


def prescribe(plan: Plan, visits: Visits, target: int | None = None) -> tuple[Prescriptions, Items]:
    """Prescriptions and items of visits. target: exact number of items, in `yushu`."""
    kept = formulary(plan, visits.point)
    draws, choices = Draws(plan.seed, "prescription"), kept.lengths[visits.illness]
    share = YUSHU_SHARE if plan.volume == "yushu" else SHARES[visits.point.kind]
    has_drugs = visits.is_treated & (choices > 0) & draws.chance("has", visits.entity, share)
    has_herbs = visits.is_treated & draws.chance("has_herbs", visits.entity, HERBS[plan.volume])
    has_herbs &= len(kept.herbs) >= MOST_HERBS
    at = np.concatenate([np.flatnonzero(has_drugs), np.flatnonzero(has_herbs)])
    kind = np.repeat([WESTERN, HERBAL], [int(has_drugs.sum()), int(has_herbs.sum())])
    order = np.lexsort((kind, at))
    at, kind = at[order], kind[order]
    written = _prescriptions(plan, visits, at, kind)
    counts = _counts(plan, visits, written, choices)
    if target is not None:
        counts = _adjusted(counts, np.where(kind == HERBAL, MOST_HERBS, np.minimum(choices[at], MOST)), target)
    items = _items(plan, visits, written, (kept, counts))
    return _named(written, items), items


def _prescriptions(plan: Plan, visits: Visits, at: Ints, kind: Ints) -> Prescriptions:
    draws = Draws(plan.seed, "prescription")
    number = visits.number[at] * 10 + kind
    entity = entities(visits.point.number, number)
    length = visits.ended[at] - visits.started[at]
    issued = visits.started[at] + (length * (0.5 + 0.45 * draws.uniform("issued", entity))).astype(np.int64)
    slow = draws.chance("is_slow", entity, 0.03)
    reviewed = capped(visits, at, issued + draws.between("review", entity, MINUTE, 45 * MINUTE) * np.where(slow, 5, 1))
    result = draws.weighted("result", entity, (0.975, 0.015, 0.01))
    is_chronic = np.array(conditions().is_chronic)[visits.illness[at]]
    is_long = is_chronic & visits.is_follow_up[at] & (kind != HERBAL)
    online = visits.is_online[at]
    handed = reviewed + draws.between("handed", entity, 4 * MINUTE, 40 * MINUTE)
    sent = reviewed + draws.between("sent", entity, 8 * HOUR, 23 * HOUR)
    latest = (visits.day[at] + 1) * 86_400 + 20 * MINUTE
    handed = np.where((result == 0) & ~online, np.minimum(handed, latest), -1)
    return Prescriptions(
        at=at,
        number=number,
        kind=kind,
        is_long=is_long,
        course=np.where(is_long, np.array(LONG_COURSES)[draws.below("course", entity, len(LONG_COURSES))], 0),
        issued=issued,
        reviewed=reviewed,
        result=result,
        dispensed=handed,
        dispensed_later=np.where((result == 0) & online, sent, handed),
    )


def _counts(plan: Plan, visits: Visits, written: Prescriptions, choices: Ints) -> Ints:
    """How many items each prescription has."""
    draws, entity = Draws(plan.seed, "prescription"), entities(visits.point.number, written.number)
    plain = np.minimum(1 + draws.weighted("items", entity, ITEMS[plan.volume]), choices[written.at])
    return np.where(written.kind == HERBAL, draws.between("herbs", entity, FEWEST_HERBS, MOST_HERBS), plain)


def _adjusted(counts: Ints, most: Ints, target: int) -> Ints:
    """Add or drop an item here and there, first come first, until there are exactly `target`.

    Raises ValueError where so many cannot be reached."""
    counts = counts.copy()
    while (missing := target - int(counts.sum())) != 0:
        step = 1 if missing > 0 else -1
        room = np.flatnonzero(counts < most if step > 0 else counts > 1)[: abs(missing)]
        if not len(room):
            raise ValueError("the visits cannot have so many or so few items")
        counts[room] += step
    return counts


def _items(plan: Plan, visits: Visits, written: Prescriptions, given: tuple[Formulary, Ints]) -> Items:
    """Neighbors in the illness's list of drugs, from a place near its top; herbs go round."""
    kept, counts = given
    at = np.repeat(np.arange(len(counts)), counts)
    line = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    draws, entity = Draws(plan.seed, "item"), entities(visits.point.number, written.number)
    is_herbal = (written.kind == HERBAL)[at]
    illness = visits.illness[written.at]
    drawn, lengths = draws.uniform("drug", entity), np.maximum(kept.lengths[illness], 1)
    top = np.floor(drawn * drawn * lengths).astype(np.int64)[at]
    herb = kept.herbs[(top + line) % max(len(kept.herbs), 1)] if len(kept.herbs) else np.zeros_like(at)
    drug = np.where(is_herbal, herb, kept.choices[illness[at], (top + line) % lengths[at]])
    usual, each, many = (np.array(values) for values in _usual())
    course = written.course[at]
    days = np.where(is_herbal, 7, np.where(course > 0, course, np.minimum(usual[drug], 7)))
    quantity = np.where(many[drug], each[drug] * np.minimum(days, 14), np.maximum(1, (days * each[drug] + 13) // 14))
    ticks = kept.price[drug]
    return Items(at, line, drug, days, quantity, ticks, fens_of(quantity, ticks))


@cache
def _usual() -> tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    """For each drug: usual days, packs for two weeks or units a day, and whether it is counted by the day."""
    rows = drug_rows()
    by_day = tuple(row["pack"].endswith("支") or row["pack"] == "g" for row in rows)
    units = [ceil(float(row["dose"])) if row["pack"] == "g" else 1 for row in rows]
    packs = tuple(
        unit if daily else 1 + len(row["drug_name"]) % 2 for row, daily, unit in zip(rows, by_day, units, strict=True)
    )
    return tuple(int(row["usual_days"]) for row in rows), packs, by_day


def _named(written: Prescriptions, items: Items) -> Prescriptions:
    """A prescription of proprietary Chinese medicines only is called that."""
    is_proprietary = np.array([row["national_drug_code"].startswith("Z") for row in drug_rows()])[items.drug]
    only = np.bincount(items.at[~is_proprietary], minlength=len(written.at)) == 0
    return Prescriptions(**{**written.__dict__, "kind": np.where(only, PROPRIETARY, written.kind)})


def prescription_ids(written: Prescriptions) -> pa.Array:
    """The visit's number and one digit."""
    return text(glue(len(written.number), "R", digits(written.number, 14)))


def prescription_rows(plan: Plan, visits: Visits, drugs: tuple[Prescriptions, Items], until: int = 0) -> pa.Table:
    """Rows of the prescription table. until: what was sent out and arrived before this second is there."""
    written, items = drugs
    at, entity = written.at, entities(visits.point.number, written.number)
    draws, valid = Draws(plan.seed, "prescription"), written.is_valid
    pharmacists = HEADS[visits.point.kind, visits.point.level][1]
    dispensed = np.where(written.dispensed_later < until, written.dispensed_later, written.dispensed)
    supplied = np.zeros(len(at), dtype=np.int64)
    np.maximum.at(supplied, items.at, items.days)
    amount = np.bincount(items.at, weights=items.fen, minlength=len(at)).astype(np.int64)
    online = visits.is_online[at]
    updated = np.maximum(written.reviewed, dispensed) + draws.between("filed", entity, 10, 4 * MINUTE)
    return pa.table(
        {
            "prescription_id": prescription_ids(written),
            "encounter_id": encounter_ids(visits).take(pa.array(at)),
            "patient_id": people.patient_ids(visits.point, visits.patient[at]),
            **common(visits, at),
            "prescription_type_code": pick(("1", "2", "3"), written.kind - 1),
            "is_long_term": flags(written.is_long & (written.course >= 28)),
            "issued_at": times(written.issued),
            "valid_days": integers(np.where(online, 3, 1)),
            "signature_number": signatures(visits, at),
            "signed_at": times(written.issued + 20),
            "reviewer_id": staff_numbers(1, draws.below("reviewer", entity, pharmacists)),
            "reviewed_at": times(np.maximum(written.reviewed, written.issued + 25)),
            "review_result_code": pick(("1", "2", "3"), written.result),
            "is_rational": flags(valid),
            "long_supply_reason_code": pick(("1", "2", "3"), _reason(visits, at), supplied > 7),
            "dispensed_at": times(dispensed, dispensed >= 0),
            "delivery_type_code": pick(("0", "1", "2"), online * draws.weighted("way", entity, (0.2, 0.7, 0.1)), valid),
            "status_code": flags(valid),
            "is_paid": flags(valid),
            "amount": money(amount),
            "updated_at": times(np.maximum(updated, written.issued + 30)),
        }
    )


def _reason(visits: Visits, at: Ints) -> Ints:
    is_chronic = np.array(conditions().is_chronic)[visits.illness[at]]
    return np.where(is_chronic, 0, np.where(visits.people.age(visits.day)[at] >= 65, 1, 2))


def item_rows(plan: Plan, visits: Visits, drugs: tuple[Prescriptions, Items]) -> pa.Table:
    """Rows of the item table."""
    written, items = drugs
    rows, kept = drug_rows(), formulary(plan, visits.point)
    columns = ("national_drug_code", "dose", "dose_unit", "frequency_code", "route_code")
    return pa.table(
        {
            "prescription_id": prescription_ids(written).take(pa.array(items.at)),
            "item_number": integers(items.line + 1),
            "drug_code": drug_codes(kept, items.drug),
            **{name: pick([row[name] or None for row in rows], items.drug) for name in columns},
            "group_number": integers(items.line // 3 + 1),
            "supply_days": integers(items.days),
            "quantity": integers(items.quantity),
            "quantity_unit": pick([row["pack"].rpartition("/")[2] for row in rows], items.drug),
            "unit_price": prices(items.ticks),
            "amount": money(items.fen),
            "issued_at": times(written.issued[items.at]),
            "updated_at": times(written.issued[items.at] + 30),
        }
    )
