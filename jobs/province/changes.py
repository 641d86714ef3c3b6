"""Corrections and deletions of what was delivered the night before."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa

from jobs.province.catalogue import TABLES
from jobs.province.draft import Draft, Row, dicts, rows_where, table_of
from jobs.province.timeline import Timeline

# Columns that hold a time of the event or of one of its steps; they move when a visit was booked on a wrong day.
STEPS = {
    "encounter": ("applied_at", "consented_at", "authenticated_at", "started_at", "ended_at", "signed_at"),
    "encounter_diagnosis": ("diagnosed_at",),
    "prescription": ("issued_at", "signed_at", "reviewed_at", "dispensed_at"),
    "prescription_item": ("issued_at",),
    "charge_item": ("charged_at",),
}


def amended(row: Row) -> Row:
    """A line charged once more: quantity and amount go up."""
    quantity = Decimal(row["quantity"] or 0) + 1
    amount = (quantity * Decimal(row["unit_price"] or 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {**row, "quantity": str(quantity), "amount": str(amount)}


def corrections(made: Timeline, night: int, drawn: list[int]) -> Draft:
    """A correction of lines, a visit and a diagnosis of the night before.

    One line's correction bears an older stamp than the line and stands all the same; one line comes again the next
    night with a later stamp and wins, one with an earlier and loses."""
    draft, before, day = Draft(night, "correction", {}), made.nights[night - 1], made.plan.dates[night]
    for place, resent_after in enumerate((None, 20, -1)):
        row = made.choose(before, "charge_item", drawn[place], _is_plain)
        if row is None:
            continue
        old = dicts(before["charge_item"], [row])[0]
        stamp = datetime.fromisoformat(f"{day} 16:00:00") if place else _stamp(old) - timedelta(hours=1)
        draft.append("charge_item", [{**amended(old), "updated_at": str(stamp)}])
        if resent_after is not None:
            again = {**amended(amended(old)), "updated_at": str(stamp + timedelta(hours=resent_after))}
            _send_later(made, night, "charge_item", again)
    for name, change in (
        ("encounter", {"has_process_record": "1"}),
        ("encounter_diagnosis", {"diagnosis_code": "R50.900"}),
    ):
        row = made.choose(before, name, drawn[3], lambda each: True)
        if row is not None:
            draft.append(name, [{**dicts(before[name], [row])[0], **change, "updated_at": f"{day} 16:10:00"}])
    return draft


def _is_plain(row: Row) -> bool:
    return row["reversal_of"] is None and row["prescription_id"] is None and not (row["amount"] or "").startswith("-")


def _stamp(row: Row) -> datetime:
    return datetime.fromisoformat(row["updated_at"] or "")


def _send_later(made: Timeline, night: int, name: str, row: Row) -> None:
    """Put a row into the next night's increment, if there is one."""
    if night + 1 < made.plan.nights:
        later = made.nights[night + 1]
        later[name] = pa.concat_tables([later[name], table_of(name, [row])])


def moved(made: Timeline, night: int, draft: Draft, visit: Row) -> None:
    """Correct a visit and everything of it to a day of the month before."""
    day = date.fromisoformat(str(visit["started_at"])[:10])
    shift = timedelta(days=day.day + 2)
    for name, versions in rows_of_visit(made, night, str(visit["encounter_id"])).items():
        shifted = [
            {**row, **_shifted(name, row, shift), "updated_at": f"{made.plan.dates[night]} 16:30:00"}
            for row in versions
        ]
        if shifted:
            draft.append(name, shifted)


def _shifted(name: str, row: Row, shift: timedelta) -> Row:
    times = {column: row[column] for column in STEPS[name]}
    return {column: str(datetime.fromisoformat(cell) - shift) for column, cell in times.items() if cell}


def rows_of_visit(made: Timeline, night: int, visit: str) -> dict[str, list[Row]]:
    """The latest versions, up to a night, of all rows of a visit."""
    found: dict[str, dict[tuple[str | None, ...], Row]] = {name: {} for name in STEPS}
    for tables in made.nights[: night + 1]:
        for name in STEPS:
            for row in _of_visit(tables[name], name, visit):
                found[name][tuple(row[key] for key in TABLES[name].key)] = row
    return {name: list(versions.values()) for name, versions in found.items()}


def _of_visit(table: pa.Table, name: str, visit: str) -> list[Row]:
    if name == "prescription_item":
        ids = table["prescription_id"].to_pylist()
        return dicts(table, [row for row, cell in enumerate(ids) if cell[1:14] == visit])
    return dicts(table, rows_where(table, "encounter_id", {visit}))


def delete_visit(made: Timeline, night: int, draft: Draft, visit: Row) -> None:
    """Delete a visit and everything of it."""
    for name, versions in rows_of_visit(made, night, str(visit["encounter_id"])).items():
        if versions:
            draft.append(name, [_deletion(name, row, f"{made.plan.dates[night]} 23:55:00") for row in versions])


def _deletion(name: str, row: Row, stamp: str) -> Row:
    table = TABLES[name]
    keys = {key: row[key] for key in table.key}
    return {**keys, "original_event_on": str(row[table.month_of or ""])[:10], "updated_at": stamp}


def single_deletion(made: Timeline, night: int, draft: Draft, drawn: tuple[int, int]) -> None:
    """Delete one line of the night before. With hours, the line comes again the next night, so much later than the
    deletion: a later version stands again, an earlier one loses."""
    start, hours = drawn
    before = made.nights[night - 1]
    row = made.choose(before, "charge_item", start, _is_plain)
    if row is None:
        return
    old, stamp = dicts(before["charge_item"], [row])[0], datetime.fromisoformat(f"{made.plan.dates[night]} 17:00:00")
    draft.append("charge_item", [_deletion("charge_item", old, str(stamp))])
    if hours:
        _send_later(made, night, "charge_item", {**old, "updated_at": str(stamp + timedelta(hours=hours))})
