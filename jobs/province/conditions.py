"""Illnesses of the demonstration: whom they strike, when, what is prescribed and examined for them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from jobs.province.draws import Draws, Floats, Ints
from warehouse_models import codes

# Groups of people: children, women, men, old women, old men.
GROUPS = 5
WHO = {
    "any": (1, 1, 1, 1, 1),
    "child": (1, 0, 0, 0, 0),
    "adult": (0, 1, 1, 1, 1),
    "woman": (0, 1, 0, 1, 0),
    "man": (0, 0, 1, 0, 1),
    "elder": (0, 0.15, 0.15, 1, 1),
}
GROWN_UP, OLD = 14, 60
# Factor of each month, January first.
SEASONS = {
    "winter": (2.2, 2.0, 1.4, 1.0, 0.7, 0.5, 0.45, 0.5, 0.8, 1.2, 1.7, 2.1),
    "summer": (0.5, 0.5, 0.7, 0.9, 1.3, 1.7, 2.0, 1.9, 1.4, 0.9, 0.6, 0.5),
    "none": (1.0,) * 12,
}
# Ages, and the share of people of that age who have a chronic illness.
CHRONIC = ((0, 14, 35, 45, 55, 65, 120), (0.01, 0.05, 0.22, 0.4, 0.6, 0.8))
CHOICES, ENOUGH, DEAR = 24, 6, 300.0


@dataclass(frozen=True)
class Conditions:
    """All illnesses, an element each. weights: by group. season: by month. drugs: rows of the drug list, best first."""

    codes: tuple[str, ...]
    subjects: tuple[str, ...]
    is_chronic: tuple[bool, ...]
    weights: Floats
    season: Floats
    drugs: tuple[tuple[int, ...], ...]


def reference(name: str) -> list[dict[str, str]]:
    """Rows of a file of reference data."""
    text = resources.files("jobs.province").joinpath("reference", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def conditions() -> Conditions:
    """The illnesses of the reference file, with what the national list says of them."""
    known = {code.code: code for code in codes.load("icd10").rows}
    rows = reference("conditions")
    return Conditions(
        codes=tuple(row["code"] for row in rows),
        subjects=tuple(row["subject"] for row in rows),
        is_chronic=tuple(known[row["code"]].extra["is_chronic"] == "1" for row in rows),
        weights=np.array([[float(row["weight"]) * share for share in WHO[row["group"]]] for row in rows]),
        season=np.array([SEASONS[known[row["code"]].extra["season"]] for row in rows]),
        drugs=tuple(_drugs(row["code"], row["drugs"].split()) for row in rows),
    )


def _drugs(code: str, classes: list[str]) -> tuple[int, ...]:
    """Drugs for an illness: those whose label names it, then cheap ones of its ATC classes; no herbs."""
    rows = [row for row in enumerate(reference("drugs")) if not row[1]["national_drug_code"].startswith("T")]
    named = [number for number, row in rows if code in row["icd10"].split("|")]
    like = [
        number
        for number, row in rows
        if number not in named
        and float(row["price"]) < DEAR
        and any(row["national_drug_code"][1:].startswith(prefix) for prefix in classes if len(prefix) > 2)
    ]
    return tuple(named[:CHOICES] + like[: max(0, ENOUGH - len(named))])


@cache
def _weights(month: int, is_chronic: bool) -> Floats:
    """Weight of each illness in each group in a month."""
    known = conditions()
    kind = np.array(known.is_chronic) == is_chronic
    return np.asarray(known.weights * (known.season[:, month - 1] * kind)[:, None])


def groups(sex: Ints, age: Ints) -> Ints:
    """The group that people of a sex and age belong to."""
    return np.where(age < GROWN_UP, 0, np.where(age < OLD, 1, 3) + (sex == 1))


def chronic_of(draws: Draws, citizen: Ints, sex: Ints, age: Ints) -> Ints:
    """The chronic illness of each citizen, or -1. It stays the same wherever they go."""
    ends, shares = CHRONIC
    share = np.array(shares)[np.searchsorted(ends, age, side="right") - 1]
    chosen = _chosen(draws, "chronic", (citizen, groups(sex, age), np.ones_like(age)), True)
    return np.where(draws.chance("is_chronic", citizen, share), chosen, -1)


def acute_of(draws: Draws, visit: Ints, group: Ints, month: Ints) -> Ints:
    """The passing illness that leads to each visit."""
    return _chosen(draws, "illness", (visit, group, month), False)


def _chosen(draws: Draws, field: str, whom: tuple[Ints, Ints, Ints], is_chronic: bool) -> Ints:
    """Illnesses drawn by the weights of group and month. whom: entity, group, month."""
    entity, group, month = whom
    drawn, chosen = draws.uniform(field, entity), np.zeros(len(entity), dtype=np.int64)
    for each_month in np.unique(month):
        weights = np.cumsum(_weights(int(each_month), is_chronic), axis=0)
        for each_group in range(GROUPS):
            at = np.flatnonzero((month == each_month) & (group == each_group))
            chosen[at] = np.searchsorted(weights[:, each_group], drawn[at] * weights[-1, each_group], side="right")
    return np.minimum(chosen, len(conditions().codes) - 1)
