"""A point's deliveries while they are being made, and which visits something odd concerns already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jobs.province import canaries
from jobs.province.agenda import Event
from jobs.province.draft import Draft, Row, dicts
from jobs.province.draws import Draws, Ints
from jobs.province.nights import Tables, nights_of
from jobs.province.people import patient_ids
from jobs.province.plan import Plan, Point


@dataclass
class Timeline:
    """A point's deliveries in the order of making, while they are being made.

    nights: clean rows by night; events may still add to later nights.   busy: visits that something odd concerns
    already: nothing else befalls them, so that every fate can be told.   baits: visits of planted patients that may be
    hit; those of the others stay whole.
    """

    plan: Plan
    point: Point
    nights: list[Tables]
    drafts: list[Draft]
    busy: set[str]
    baits: set[str]

    def draw(self, event: Event, night: int) -> Ints:
        """Some random whole numbers for an event."""
        label = f"{event.what}/{event.which}/{event.copy}/{night}"
        bits = Draws(self.plan.seed, "timeline").bits(label, np.arange(8) + (self.point.number << 40))
        return np.asarray((bits >> np.uint64(8)).astype(np.int64))

    def increment(self, night: int) -> Draft:
        """The increment of a night."""
        return next(draft for draft in self.drafts if draft.night == night and draft.kind == "increment")

    @cached_property
    def visits_of_patients(self) -> dict[str, set[str]]:
        """Patient number -> numbers of all visits."""
        found: dict[str, set[str]] = {}
        for tables in self.nights:
            table = tables["encounter"]
            for patient, visit in zip(table["patient_id"].to_pylist(), table["encounter_id"].to_pylist(), strict=True):
                found.setdefault(patient, set()).add(visit)
        return found

    def visits_of(self, row: Row) -> set[str]:
        """The visits that a fault of a row concerns. A prescription's number holds that of its visit."""
        if row.get("encounter_id"):
            return {str(row["encounter_id"])}
        if row.get("prescription_id"):
            return {str(row["prescription_id"])[1:14]}
        return self.visits_of_patients.get(str(row.get("patient_id")), set())

    def claim(self, row: Row) -> bool:
        """Take the visits of a row for an event; False when another event has one of them."""
        visits = self.visits_of(row)
        if not visits or visits & self.busy:
            return False
        self.busy |= visits
        return True

    def choose(self, tables: Tables, name: str, start: int, fits: Callable[[Row], bool]) -> int | None:
        """Number of a fitting row whose visits are free, planted patients' first, then from a random place on. Its
        visits are taken."""
        table = tables.get(name)
        if table is None or not len(table):
            return None
        order = (np.arange(len(table)) + start) % len(table)
        rows = dicts(table, order)
        baited = [self.baits & self.visits_of(row) for row in rows]
        for place in sorted(range(len(rows)), key=lambda each: not baited[each]):
            if fits(rows[place]) and self.claim(rows[place]):
                return int(order[place])
        return None


def begin(plan: Plan, point: Point) -> Timeline:
    """A timeline without deliveries, where the visits of planted patients are taken, but for one in five of them."""
    nights = nights_of(plan, point)
    planted = canaries.of_point(plan, point)
    timeline = Timeline(plan, point, nights, [], set(), set())
    for canary, patient in zip(planted, patient_ids(point, planted + canaries.FIRST_PATIENT).to_pylist(), strict=True):
        visits = timeline.visits_of_patients.get(patient, set())
        (timeline.baits if canary % 5 == 0 else timeline.busy).update(visits)
    return timeline
