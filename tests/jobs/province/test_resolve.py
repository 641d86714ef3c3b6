"""The rules of which version stands, by cases with the answer written down."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from jobs.province.draft import table_of
from jobs.province.resolve import Delivered, resolve
from jobs.province.samples import deletion_of, registers, row

MORNING, NOON, NIGHT = "2026-06-30 08:00:00", "2026-06-30 12:00:00", "2026-06-30 22:00:00"


def diagnosis(stamp: str) -> dict[str, str | None]:
    return row("encounter_diagnosis", updated_at=stamp)


def delivered(sequence: int, kind: str, stamp: str, states: Mapping[int, str] | None = None) -> Delivered:
    rows = [diagnosis(stamp)]
    if kind == "deletion":
        rows = deletion_of({"encounter_diagnosis": rows}, stamp)["encounter_diagnosis"]
    return Delivered(sequence, sequence, kind, table_of("encounter_diagnosis", rows, kind == "deletion"), states or {})


def with_parents(*diagnoses: Delivered) -> dict[str, list[Delivered]]:
    known = {**registers(), "encounter": [row("encounter")]}
    parents = {name: [Delivered(0, 1, "increment", table_of(name, rows), {})] for name, rows in known.items()}
    return {**parents, "encounter_diagnosis": list(diagnoses)}


CASES = {
    "among increments the later version wins": (
        [(2, "increment", NOON), (3, "increment", MORNING)],
        ["accepted", "superseded"],
    ),
    "of equal versions the higher sequence wins": (
        [(2, "increment", NOON), (3, "increment", NOON)],
        ["superseded", "accepted"],
    ),
    "a correction outranks a lower sequence whatever its stamp": (
        [(2, "increment", NIGHT), (3, "correction", MORNING)],
        ["superseded", "accepted"],
    ),
    "a later increment of a higher sequence outranks a correction": (
        [(2, "increment", MORNING), (3, "correction", NOON), (4, "increment", NIGHT)],
        ["superseded", "superseded", "accepted"],
    ),
    "an earlier increment of a higher sequence loses to a correction": (
        [(2, "increment", NIGHT), (3, "correction", NOON), (4, "increment", MORNING)],
        ["superseded", "accepted", "superseded"],
    ),
    "a deletion in force is deleted, what it removes superseded": (
        [(2, "increment", NIGHT), (3, "deletion", MORNING)],
        ["superseded", "deleted"],
    ),
    "a row may stand again after its deletion": (
        [(2, "increment", MORNING), (3, "deletion", NOON), (4, "increment", NIGHT)],
        ["superseded", "superseded", "accepted"],
    ),
    "of two corrections the higher sequence wins": (
        [(2, "correction", NIGHT), (3, "correction", MORNING)],
        ["superseded", "accepted"],
    ),
}


@pytest.mark.parametrize(("versions", "fates"), CASES.values(), ids=CASES)
def test_versions(versions: list[tuple[int, str, str]], fates: list[str]) -> None:
    for order in (versions, versions[::-1]):
        resolved = resolve(with_parents(*(delivered(*version) for version in order)))["encounter_diagnosis"]
        assert {each.delivery: each.fates for each in resolved} == {
            version[0]: [fate] for version, fate in zip(versions, fates, strict=True)
        }


def test_children_of_waiting_and_of_quarantined_parents_wait() -> None:
    for name, states in (("person", {0: "quarantined"}), ("practitioner", {0: "quarantined"})):
        given = with_parents(delivered(2, "increment", NOON))
        given[name] = [Delivered(0, 1, "increment", given[name][0].rows, states)]
        resolved = resolve(given)
        assert resolved["encounter"][0].fates == ["waiting"]
        assert resolved["encounter_diagnosis"][0].fates == ["waiting"]


def test_what_is_set_aside_outranks_nothing() -> None:
    bad = delivered(3, "correction", NIGHT, {0: "quarantined"})
    resolved = resolve(with_parents(delivered(2, "increment", NOON), bad))["encounter_diagnosis"]
    assert [each.fates for each in resolved] == [["accepted"], ["quarantined"]]
