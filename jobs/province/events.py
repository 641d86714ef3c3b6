"""What happens to the deliveries of a night: one function for each kind of event of the agenda."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pyarrow as pa

from jobs.province.agenda import Event, agenda
from jobs.province.catalogue import TABLES
from jobs.province.changes import amended, corrections, delete_visit, moved, single_deletion
from jobs.province.dialect import dialect
from jobs.province.draft import Draft, Edit, Fault, Row, dicts, rows_where, take, with_cells, without
from jobs.province.mistakes import CLOSED_REGION, MISTAKES, NOBODY, ORPHANS, Mistake, lends_itself
from jobs.province.plan import Plan, Point
from jobs.province.timeline import Timeline, begin

OF_A_VISIT = ("encounter", "encounter_diagnosis", "prescription", "prescription_item", "charge_item")
# Of the copies of a withheld parent every third never comes.
NEVER = 3


def mistake(made: Timeline, night: int, event: Event) -> None:
    """One row is written wrongly."""
    wrong = next(each for each in MISTAKES if each.name == event.which)
    draft, wire = made.increment(night), dialect(made.point.dialect)
    start = int(made.draw(event, night)[0])
    row = made.choose(draft.tables, wrong.table, start, lambda each: lends_itself(wrong, each, wire))
    if row is None:
        return
    spoil(made.point, draft, wrong, row)


def spoil(point: Point, draft: Draft, wrong: Mistake, row: int) -> None:
    """Write a row of a delivery wrongly, and note what must become of it."""
    clean = dicts(draft.tables[wrong.table], [row])[0]
    if wrong.clean:
        clean |= wrong.clean(clean)
        draft.tables[wrong.table] = with_cells(draft.tables[wrong.table], row, clean)
    if wrong.kind == "long_row":
        draft.long_rows.append((wrong.table, row))
    draft.edits += _edits(point, wrong, clean, row)
    draft.faults.append(Fault(wrong.kind, wrong.fate, wrong.reason, wrong.table, row, wrong.column))


def _edits(point: Point, wrong: Mistake, clean: Row, row: int) -> list[Edit]:
    if wrong.raw:
        column = TABLES[wrong.table].column(wrong.column)
        written = dialect(point.dialect).cells(column, pa.array([clean[wrong.column]], pa.string()))[0].as_py()
        return [Edit(wrong.table, row, wrong.column, wrong.raw(written), is_raw=True)]
    cells = (wrong.write(clean) if wrong.write else None) or {}
    return [Edit(wrong.table, row, column, cell) for column, cell in cells.items()]


def withheld(made: Timeline, night: int, event: Event) -> None:
    """A parent is missing from the delivery; it comes a night later, or never, and its children wait for it."""
    draft, name = made.increment(night), event.which
    has_children = _parents_here(made, draft, name)
    row = made.choose(draft.tables, name, int(made.draw(event, night)[0]), has_children)
    if row is None:
        return
    held = take(draft.tables[name], [row])
    draft.tables[name] = without(draft.tables[name], [row])
    if event.copy % NEVER == NEVER - 1:
        return
    made.nights[night + 1][name] = pa.concat_tables([made.nights[night + 1][name], held])
    visits = made.visits_of(held.to_pylist()[0])
    for table in OF_A_VISIT[OF_A_VISIT.index(name) + 1 if name in OF_A_VISIT else 0 :]:
        draft.faults += [
            Fault("parent_late", "accepted", "", table, int(each), first="waiting")
            for each in _rows_of(draft, table, visits)
            if name != "prescription" or table == "prescription_item"
        ]


def _parents_here(made: Timeline, draft: Draft, name: str) -> Callable[[Row], bool]:
    """Whether a row is the first version of a parent whose children come with it."""
    if name == "person":
        here = set(draft.tables["encounter"]["patient_id"].to_pylist())
        known = {each for tables in made.nights[: draft.night] for each in tables["person"]["patient_id"].to_pylist()}
        return lambda row: row["patient_id"] in here - known
    today = set(draft.tables["encounter"]["encounter_id"].to_pylist())
    if name == "encounter":
        treated = set(draft.tables["encounter_diagnosis"]["encounter_id"].to_pylist())
        return lambda row: row["encounter_id"] in treated
    return lambda row: row["encounter_id"] in today and row["channel_code"] == "1"


def _rows_of(draft: Draft, table: str, visits: set[str]) -> list[int]:
    if table == "prescription_item":
        ids = draft.tables[table]["prescription_id"].to_pylist()
        return [row for row, cell in enumerate(ids) if cell[1:14] in visits]
    return [int(row) for row in rows_where(draft.tables[table], "encounter_id", visits)]


def orphan(made: Timeline, night: int, event: Event) -> None:
    """A row refers to a parent that nobody delivers; it waits."""
    lost = next(each for each in ORPHANS if each.name == event.which)
    draft, tables = made.increment(night), made.nights[night]
    source = tables[lost.table] if lost.table in tables else made.nights[0][lost.table]
    copied = dicts(source, [int(made.draw(event, night)[0]) % len(source)])[0]
    mark = f"{night}{event.copy}"
    key, parent = (
        TABLES[lost.table].key,
        {name: f"{cell}{mark}" if cell == NOBODY else cell for name, cell in lost.columns.items()},
    )
    own: Row = {name: f"{copied[name]}N{mark}" for name in key[:1] if name not in parent}
    if lost.table == "prescription_item" and "drug_code" in parent:
        own = {"item_number": str(100 + int(mark))}
    if "reversal_of" in copied:
        own["reversal_of"] = None
    row = draft.append(lost.table, [{**copied, **own, **parent}])
    if "reversal_of" in copied and (copied["amount"] or "").startswith("-"):
        draft.tables[lost.table] = with_cells(draft.tables[lost.table], row, {"amount": "1.00", "quantity": "1"})
    draft.faults.append(Fault("orphan", "waiting", "", lost.table, row, next(iter(parent))))


def double(made: Timeline, night: int, event: Event) -> None:
    """A row stands twice in the delivery."""
    draft, name = made.increment(night), event.which
    row = made.choose(draft.tables, name, int(made.draw(event, night)[0]), lambda each: True)
    if row is not None:
        again = draft.append(name, dicts(draft.tables[name], [row]))
        draft.faults.append(Fault("double", "repeated", "", name, again))


def closed_region(made: Timeline, night: int, event: Event) -> None:
    """A branch files a division that was closed in 2013."""
    draft = made.increment(night)
    row = dicts(made.nights[0]["institution"], [0])[0]
    code = str(row["institution_code"])
    branch = {"institution_code": f"{code[:9]}{CLOSED_REGION}{code[15:]}", "region_code": CLOSED_REGION}
    number = draft.append("institution", [{**row, **branch, "updated_at": f"{made.plan.dates[night]} 08:00:00"}])
    reason = "institution.region_code.code_not_valid"
    draft.faults.append(Fault("code_not_valid", "quarantined", reason, "institution", number, "region_code"))


def resent(made: Timeline, night: int, event: Event) -> None:
    """Lines of the day before come again: one in a later version, which wins, and one in an earlier, which loses."""
    before, draft = made.nights[night - 1], made.increment(night)
    for place, hours in enumerate((20, -2)):
        row = made.choose(before, "charge_item", int(made.draw(event, night)[place]), _is_plain)
        if row is not None:
            again = amended(dicts(before["charge_item"], [row])[0])
            stamp = datetime.fromisoformat(str(again["updated_at"])) + timedelta(hours=hours)
            draft.append("charge_item", [{**again, "updated_at": str(stamp)}])


def _is_plain(row: Row) -> bool:
    return row["reversal_of"] is None and row["prescription_id"] is None


def correction(made: Timeline, night: int, event: Event) -> None:
    """Lines are corrected, and a visit turns out to have been in the month before. One line comes again later."""
    draft = corrections(made, night, [int(each) for each in made.draw(event, night)])
    row = made.choose(made.nights[night - 1], "encounter", int(made.draw(event, night)[5]), lambda each: True)
    if row is not None:
        moved(made, night, draft, dicts(made.nights[night - 1]["encounter"], [row])[0])
    if draft.tables:
        made.drafts.append(draft)


def deletion(made: Timeline, night: int, event: Event) -> None:
    """A visit with all its rows is deleted, and single lines; some lines come again the next night."""
    draft = Draft(night, "deletion", {})
    row = made.choose(made.nights[night - 1], "encounter", int(made.draw(event, night)[0]), lambda each: True)
    if row is not None:
        delete_visit(made, night, draft, dicts(made.nights[night - 1]["encounter"], [row])[0])
    for place, hours in enumerate((0, 30, -30)):
        single_deletion(made, night, draft, (int(made.draw(event, night)[1 + place]), hours))
    if draft.tables:
        made.drafts.append(draft)


def late(made: Timeline, night: int, event: Event) -> None:
    """The increment is offered a night late; a correction and a deletion of its rows are there before it."""
    made.increment(night).late = 1
    today = made.nights[night]
    row = made.choose(today, "charge_item", int(made.draw(event, night)[0]), _is_plain)
    if row is not None:
        better = {**amended(dicts(today["charge_item"], [row])[0]), "updated_at": f"{made.plan.dates[night]} 23:50:00"}
        draft = Draft(night, "correction", {})
        draft.append("charge_item", [better])
        made.drafts.append(draft)
    gone = Draft(night, "deletion", {})
    row = made.choose(today, "encounter", int(made.draw(event, night)[1]), lambda each: True)
    if row is not None:
        delete_visit(made, night, gone, dicts(today["encounter"], [row])[0])
        made.drafts.append(gone)


def repeat(made: Timeline, night: int, event: Event) -> None:
    """The increment is offered twice."""
    made.increment(night).again = 1 if night + 1 < made.plan.nights else 0


def twist(made: Timeline, night: int, event: Event) -> None:
    """A file begins with a byte order mark, or its columns stand in another order."""
    draft = made.increment(night)
    table = ("charge_item", "person", "encounter")[int(made.draw(event, night)[0]) % 3]
    if table in draft.twists:
        return
    draft.twists[table] = event.which
    reason = {"bom": "byte_order_mark", "reordered": "column_order"}[event.which]
    draft.faults.append(Fault(event.which, "repaired", reason, table))


def refused(made: Timeline, night: int, event: Event) -> None:
    """A correction is refused, and offered again without the mistake under the next sequence."""
    draft = corrections(made, night, [int(each) for each in made.draw(event, night)])
    if draft.tables:
        draft.refusal = event.which
        made.drafts.append(draft)


def refused_increment(made: Timeline, night: int, event: Event) -> None:
    """The increment is refused; the better one is offered a night later."""
    draft = made.increment(night)
    if not draft.refusal:
        draft.refusal, draft.late = event.which, 1


# In this order: events that renumber rows come before those that point at rows.
ACTIONS: Mapping[str, Callable[[Timeline, int, Event], None]] = {
    action.__name__: action
    for action in (
        withheld,
        mistake,
        closed_region,
        orphan,
        double,
        resent,
        correction,
        deletion,
        late,
        repeat,
        twist,
        refused,
        refused_increment,
    )
}


def drafts_of(plan: Plan, point: Point) -> list[Draft]:
    """All deliveries of a small province's point, in the order of making."""
    made, order = begin(plan, point), list(ACTIONS)
    for night, tables in enumerate(made.nights):
        made.drafts.append(Draft(night, "increment", dict(tables)))
        for event in sorted(agenda(plan).get((point.number, night), ()), key=lambda each: order.index(each.what)):
            ACTIONS[event.what](made, night, event)
    return made.drafts
