"""Random stories: a few deliveries of every kind that speak of the same few rows, to be told in several orders.

Nothing about a story is plausible except its form. Rows are corrected before they come, deleted twice, stated by a full
that leaves out their parents; stamps run backwards; a delivery contradicts itself.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from jobs.province.samples import deletion_of, registers, row
from jobs.province.story import Row, Rows
from tests.proofs.clones import Delivery

DAYS = ("2026-05-20", "2026-05-30", "2026-06-05", "2026-06-20")
STAMPS = tuple(f"2026-06-20 {hour:02d}:00:00" for hour in (8, 10, 12, 14))
KINDS = ("increment", "increment", "increment", "correction", "deletion", "full")
FIRST_BUSINESS_DATE = date(2026, 6, 21)
DELIVERIES = 5
REGISTERS = ("institution", "practitioner")
# What a row is called, and of whom it may be.
PERSONS, VISITS, CHARGES = ("1", "2"), ("V1", "V2", "V3"), ("C1", "C2", "C3", "C4")


def story(seed: int) -> list[Delivery]:
    """The story of a seed. What every row refers to in the end, institution and practitioner, comes with its first."""
    draw = random.Random(seed)
    told = [_delivery(draw, sequence + 1) for sequence in range(DELIVERIES)]
    known = {name: rows for name, rows in registers().items() if name in REGISTERS}
    first = replace(told[0], kind="increment", period=None, rows={**_rows(draw), **known})
    return [first, *told[1:]]


def nights(seed: str, told: Sequence[Delivery], count: int) -> list[list[Delivery]]:
    """An order in which a story may be told: which deliveries come in which night."""
    draw = random.Random(seed)
    found: list[list[Delivery]] = [[] for _ in range(count)]
    for delivery in told:
        found[draw.randrange(count)].append(delivery)
    return found


def _delivery(draw: random.Random, sequence: int) -> Delivery:
    kind = draw.choice(KINDS)
    rows = _rows(draw)
    if kind == "deletion":
        rows = deletion_of(rows, draw.choice(STAMPS))
    begin, end = sorted(draw.choices(DAYS, k=2))
    day = FIRST_BUSINESS_DATE + timedelta(days=sequence - 1)
    return Delivery(f"{day}-{sequence}", sequence, str(day), kind, rows, (begin, end) if kind == "full" else None)


def _rows(draw: random.Random) -> Rows:
    """Some rows of some tables; now and then one twice, or two of one key that differ."""
    made: Rows = {
        "person": [_person(draw, each) for each in PERSONS if draw.random() < 0.5],
        "encounter": [_visit(draw, each) for each in VISITS if draw.random() < 0.5],
        "charge_item": [_charge(draw, each) for each in CHARGES if draw.random() < 0.5],
    }
    if made["encounter"] and draw.random() < 0.3:
        made["encounter"].append(
            draw.choice((made["encounter"][0], _visit(draw, str(made["encounter"][0]["encounter_id"]))))
        )
    return made if any(made.values()) else {"person": [_person(draw, PERSONS[0])]}


def _person(draw: random.Random, number: str) -> Row:
    return row("person", patient_id=number, phone=f"1380000000{draw.randrange(3)}", updated_at=draw.choice(STAMPS))


def _visit(draw: random.Random, number: str) -> Row:
    started = f"{draw.choice(DAYS)} 09:00:00"
    return row(
        "encounter",
        encounter_id=number,
        patient_id=draw.choice(PERSONS),
        **dict.fromkeys(("applied_at", "consented_at", "authenticated_at", "ended_at"), None),
        started_at=started,
        updated_at=draw.choice(STAMPS),
    )


def _charge(draw: random.Random, number: str) -> Row:
    return row(
        "charge_item",
        charge_id=number,
        encounter_id=draw.choice(VISITS),
        prescription_id=None,
        quantity="1",
        unit_price=str(price := draw.randrange(1, 4)),
        amount=str(price),
        charged_at=f"{draw.choice(DAYS)} 09:00:00",
        updated_at=draw.choice(STAMPS),
    )
