"""Write a point's deliveries into its outbox, in the order in which it makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.province.dialect import dialect
from jobs.province.draft import Draft, with_cells
from jobs.province.events import drafts_of
from jobs.province.offers import Lie, Offer, write_offer
from jobs.province.plan import Plan, Point
from jobs.province.wire import Cell, Twist
from jobs.province.yushu import whole_of

# The column that a refused file lacks or names otherwise, and the table it stands in.
SPOILED = ("charge_item", "item_code")
# From so many rows on a table is spread over files, none of which has more than the other number.
LARGE, MOST_ROWS = 5_000, 250_000


@dataclass(frozen=True)
class Written:
    """A delivery in the outbox: its draft, what it says of itself, its folder and its manifest."""

    draft: Draft
    offer: Offer
    folder: str
    manifest: dict[str, Any]

    @property
    def place(self) -> dict[str, Any]:
        """The columns that say which delivery a row of truth is about."""
        return {
            "point_id": self.offer.point,
            "delivery": self.folder,
            "business_date": self.offer.business_date,
            "sequence": self.offer.sequence,
            "kind": self.offer.kind,
        }


def write_outbox(plan: Plan, point: Point, outbox: Path) -> Iterator[Written]:
    """Write all deliveries in the order of making; sequences follow it. A refused one comes just before its better."""
    sequence, wire = 0, dialect(point.dialect)
    drafts = whole_of(plan, point) if plan.volume == "yushu" else drafts_of(plan, point)
    for place, draft in enumerate(drafts):
        attempts = [replace(draft, late=0, again=-1), replace(draft, refusal="")] if draft.refusal else [draft]
        for attempt, each in enumerate(attempts):
            sequence += 1
            offer = _offer(plan, point, each, sequence)
            offer = replace(offer, offered_at=clock(plan, point, each, place % 4 * 5 + attempt * 2, each.late))
            tables = {name: written_rows(each, name) for name in each.tables}
            manifest = write_offer(outbox, offer, tables, wire, _files(tables))
            yield Written(each, offer, offer.name, manifest)


def _files(tables: dict[str, pa.Table]) -> dict[str, int]:
    """A large table comes in two files or more, so that more than one process can read it."""
    return {name: max(2, ceil(len(rows) / MOST_ROWS)) for name, rows in tables.items() if len(rows) >= LARGE}


def clock(plan: Plan, point: Point, draft: Draft, minutes: int, nights: int) -> datetime:
    """When a delivery is offered: by the point's timetable on the morning after, or so many mornings later."""
    morning = plan.dates[draft.night] + timedelta(days=1 + nights)
    return datetime.combine(morning, time.fromisoformat(point.timetable)) + timedelta(minutes=minutes)


def _offer(plan: Plan, point: Point, draft: Draft, sequence: int) -> Offer:
    day = plan.dates[draft.night]
    is_lie = draft.refusal in set(Lie)
    twists = {name: _twist(draft, name) for name in draft.tables}
    if draft.refusal and not is_lie:
        spoiled, column = SPOILED
        said: Any = column if draft.refusal in ("missing", "renamed") else True
        twists[spoiled] = replace(twists[spoiled], **{draft.refusal: said})
    return Offer(
        point=point.id,
        business_date=day,
        sequence=sequence,
        kind=draft.kind,
        period=(plan.begin, day) if draft.kind == "full" else None,
        extracted_at=datetime.combine(day + timedelta(days=1), time(0, 30)),
        twists=twists,
        lie=Lie(draft.refusal) if is_lie else None,
    )


def _twist(draft: Draft, name: str) -> Twist:
    """What is odd about the file of a table."""
    cells = tuple(Cell(edit.row, edit.column, edit.text) for edit in draft.edits if edit.table == name and edit.is_raw)
    long_rows = tuple(row for table, row in draft.long_rows if table == name)
    odd = draft.twists.get(name)
    return Twist(cells=cells, long_rows=long_rows, bom=odd == "bom", reordered=odd == "reordered")


def written_rows(draft: Draft, name: str) -> pa.Table:
    """The rows as delivered, in canonical text."""
    rows = draft.tables[name]
    for edit in draft.edits:
        if edit.table == name and not edit.is_raw:
            rows = with_cells(rows, edit.row, {edit.column: edit.text})
    return rows
