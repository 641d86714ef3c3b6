"""Charges: registration, consultation, tests, treatment, consumables and drugs of each visit, and some reversals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province.calendar import MINUTE
from jobs.province.conditions import reference
from jobs.province.draws import Draws, Flags, Ints, entities
from jobs.province.encounters import capped, common, encounter_ids
from jobs.province.formulary import TICK, drug_codes, drug_rows, formulary, prices, services
from jobs.province.people import cards
from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan
from jobs.province.prescriptions import Items, Prescriptions, prescription_ids
from jobs.province.staff import staff_of
from jobs.province.text import blank, digits, flags, glue, integers, money, pick, same, text, times
from jobs.province.visits import PLACES, Visits

REGISTRATION, TOWNSHIP_FEE = "001101000010000", "001110000010000"
# Consultation by title of the physician: chief, associate chief, others.
OFFLINE = ("001102000030000", "001102000020000", "001102000010000", "001102000010000")
ONLINE = ("001102001030000", "001102001020000", "001102001010000", "001102001010000")
EMERGENCY, ADVICE = "001102000050000", "001102001040000"
# How many tests a visit has, from none on.
TESTS = {INTERNET: (1.0,), HOSPITAL: (0.5, 0.25, 0.15, 0.1), TOWNSHIP: (0.8, 0.15, 0.05)}
EXTRAS, EXTRA_SHARE = 20, 0.14
REVERSALS, REVERSAL_LINE = 0.004, 900


@dataclass(frozen=True)
class Lines:
    """Lines charged, an element each. at: visit.   item: row of the price list, or of the drug list where `is_drug`.
    prescription: index, -1 for none.   line: number within the visit.   reverses: line taken back, 0 for none."""

    at: Ints
    line: Ints
    is_drug: Flags
    item: Ints
    prescription: Ints
    quantity: Ints
    ticks: Ints
    fen: Ints
    charged: Ints
    reverses: Ints


def charge(plan: Plan, visits: Visits, drugs: tuple[Prescriptions, Items]) -> Lines:
    """All lines of visits, reversals after the line that they take back."""
    parts = [*_fees(plan, visits), _tests(plan, visits), _extras(plan, visits), _drugs(visits, drugs)]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts]), columns[0]))
    at, item, prescription, quantity, ticks, charged = (column[order] for column in columns)
    line = np.arange(len(at)) - np.searchsorted(at, at) + 1
    is_drug = prescription >= 0
    fen = (quantity * ticks + TICK // 2) // TICK
    lines = Lines(at, line, is_drug, item, prescription, quantity, ticks, fen, charged, np.zeros_like(at))
    return _with_reversals(plan, visits, lines)


def _fees(plan: Plan, visits: Visits) -> list[list[Ints]]:
    """Registration and consultation."""
    point, price = visits.point, services(visits.point.level)
    offline, answered = np.flatnonzero(~visits.is_online), np.flatnonzero(visits.is_answered)
    if point.kind == TOWNSHIP:
        return [_line(visits, offline, np.full(len(offline), price.row[TOWNSHIP_FEE]), 40)]
    staff = staff_of(plan, point)
    title = staff.title[staff.kind == 0][visits.physician[answered]]
    fee = np.array([[price.row[code] for code in row] for row in (OFFLINE, ONLINE)])
    consultation = fee[visits.is_online[answered].astype(int), title]
    consultation = np.where(visits.is_emergency[answered], price.row[EMERGENCY], consultation)
    consultation = np.where(visits.kind[answered] == 1, price.row[ADVICE], consultation)
    registration = np.full(len(offline), price.row[REGISTRATION])
    return [_line(visits, offline, registration, 40), _line(visits, answered, consultation, 60)]


def _line(visits: Visits, at: Ints, item: Ints, after: int) -> list[Ints]:
    """Lines of one unit, charged some seconds after the visit was asked for."""
    ticks = services(visits.point.level).price[item] * TICK
    return [at, item, np.full(len(at), -1), np.ones(len(at), dtype=np.int64), ticks, visits.applied[at] + after]


def _tests(plan: Plan, visits: Visits) -> list[Ints]:
    """Examinations and laboratory tests: neighbors in the department's list."""
    draws = Draws(plan.seed, "test")
    counts = draws.weighted("count", visits.entity, TESTS[visits.point.kind]) * (visits.is_treated & ~visits.is_online)
    lists, lengths = _test_lists()
    counts = np.minimum(counts, lengths[visits.place])
    at = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = draws.below("first", visits.entity, np.maximum(lengths[visits.place], 1))[at]
    item = lists[visits.place[at], (first + step) % np.maximum(lengths[visits.place[at]], 1)]
    ticks = services(visits.point.level).price[item] * TICK
    charged = visits.started[at] + 120 + step * 20
    return [at, item, np.full(len(at), -1), np.ones(len(at), dtype=np.int64), ticks, charged]


@cache
def _test_lists() -> tuple[Ints, Ints]:
    """Rows of the price list that each department asks for, -1 after the last, and how many there are."""
    row = services(1).row
    asked = reference("tests")
    lists = [
        [row[each["national_item_code"]] for each in asked if each["department"] == department]
        for department, _ in PLACES
    ]
    table = np.full((len(lists), max(map(len, lists))), -1)
    for place, items in enumerate(lists):
        table[place, : len(items)] = items
    return table, np.array([len(items) for items in lists])


def _extras(plan: Plan, visits: Visits) -> list[Ints]:
    """Treatments and consumables: one in seven visits to a physical institution."""
    draws, price = Draws(plan.seed, "extra"), services(visits.point.level)
    has = visits.is_treated & ~visits.is_online & draws.chance("has", visits.entity, EXTRA_SHARE)
    at = np.flatnonzero(has)
    offered = np.array([row for row, kind in enumerate(price.charge_types) if kind in ("05", "08")][:EXTRAS])
    materials = np.array([row for row, kind in enumerate(price.charge_types) if kind == "08"])
    is_material = draws.chance("is_material", visits.entity[at], 0.7)
    drawn = draws.uniform("item", visits.entity[at])
    item = np.where(
        is_material,
        materials[np.floor(drawn * len(materials)).astype(np.int64)],
        offered[np.floor(drawn * len(offered)).astype(np.int64)],
    )
    quantity = np.where(is_material, draws.between("quantity", visits.entity[at], 1, 3), 1)
    return [at, item, np.full(len(at), -1), quantity, price.price[item] * TICK, visits.started[at] + 240]


def _drugs(visits: Visits, drugs: tuple[Prescriptions, Items]) -> list[Ints]:
    """A line for every item of a prescription in force."""
    written, items = drugs
    sold = np.flatnonzero(written.is_valid[items.at])
    prescription = items.at[sold]
    at = written.at[prescription]
    charged = capped(visits, at, written.reviewed[prescription] + 50)
    return [at, items.drug[sold], prescription, items.quantity[sold], items.ticks[sold], charged]


def _with_reversals(plan: Plan, visits: Visits, lines: Lines) -> Lines:
    draws = Draws(plan.seed, "reversal")
    entity = entities(visits.point.number, visits.number[lines.at] * 1_000 % (1 << 39) + lines.line)
    taken = np.flatnonzero(draws.chance("is_reversed", entity, REVERSALS))
    back = {
        "at": lines.at[taken],
        "line": lines.line[taken] + REVERSAL_LINE,
        "quantity": -lines.quantity[taken],
        "fen": -lines.fen[taken],
        "charged": capped(visits, lines.at[taken], lines.charged[taken] + 30 * MINUTE),
        "reverses": lines.line[taken],
    }
    columns = {name: np.concatenate([value, back.get(name, value[taken])]) for name, value in lines.__dict__.items()}
    order = np.lexsort((columns["line"], columns["at"]))
    return Lines(**{name: value[order] for name, value in columns.items()})


def charge_ids(visits: Visits, at: Ints, line: Ints) -> pa.Array:
    """The visit's number and three digits."""
    return text(glue(len(at), "C", digits(visits.number[at], 13), digits(line, 3)))


def charge_rows(plan: Plan, visits: Visits, written: Prescriptions, lines: Lines) -> pa.Table:
    """Rows of the charge table."""
    at, price, kept = lines.at, services(visits.point.level), formulary(plan, visits.point)
    is_drug, insured = pa.array(lines.is_drug), cards(plan, visits.point, visits.people)["insurance_type_code"]
    item, drug = np.where(lines.is_drug, 0, lines.item), np.where(lines.is_drug, lines.item, 0)
    fund = np.where(lines.ticks > 300 * 100 * TICK, 2, np.where(lines.is_drug & (drug % 3 == 0), 1, 0))
    updated = capped(visits, at, lines.charged + 60)
    prescription = np.maximum(lines.prescription, 0)
    ids = prescription_ids(written) if len(written.at) else same(None, 1)
    national, kinds = [row["national_drug_code"] for row in drug_rows()], _drug_charge_types()
    return pa.table(
        {
            "charge_id": charge_ids(visits, at, lines.line),
            "encounter_id": encounter_ids(visits).take(pa.array(at)),
            "prescription_id": blank(ids.take(pa.array(prescription)), lines.is_drug),
            **common(visits, at),
            "charge_type_code": pc.if_else(is_drug, pick(kinds, drug), pick(price.charge_types, item)),
            "item_code": pc.if_else(is_drug, drug_codes(kept, drug), pick(_own_codes(price.codes), item)),
            "national_item_code": pc.if_else(is_drug, pick(national, drug), pick(price.codes, item)),
            "quantity": integers(lines.quantity),
            "unit_price": prices(lines.ticks),
            "amount": money(lines.fen),
            "fund_level_code": pick(("01", "02", "03"), fund),
            "is_self_paid": flags(_is_null(insured)[at] | (fund == 2)),
            "reversal_of": blank(charge_ids(visits, at, lines.reverses), lines.reverses > 0),
            "charged_at": times(lines.charged),
            "updated_at": times(updated),
        }
    )


def _is_null(column: Any) -> Flags:
    return np.asarray(pc.is_null(column).to_numpy(zero_copy_only=False), dtype=bool)


@cache
def _drug_charge_types() -> tuple[str, ...]:
    """Charge type of each drug: western, herbal or proprietary."""
    kinds = {"X": "09", "T": "10", "Z": "11"}
    return tuple(kinds[row["national_drug_code"][0]] for row in drug_rows())


def _own_codes(national: tuple[str, ...]) -> list[str]:
    return [f"F{number:04d}" for number, _ in enumerate(national, 1)]
