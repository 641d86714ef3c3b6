"""Write a point: its outbox, and the truth about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.province.catalogue import TABLES
from jobs.province.draft import Draft, Fault, take
from jobs.province.offers import repeat_offer
from jobs.province.outbox import Written, clock, write_outbox, written_rows
from jobs.province.plan import Plan, Point
from jobs.province.resolve import Delivered, Resolved, resolve

REASONS = {
    "size": "MAN-SIZE",
    "digest": "MAN-DIGEST",
    "count": "MAN-COUNT",
    "sum": "MAN-SUM",
    "broken_byte": "DEC-BYTE",
    "missing": "COL-MISSING",
    "renamed": "COL-MISSING",
    "unknown": "COL-UNKNOWN",
}
# Kind of a fault of rows that meet a fate though nothing was done to them.
UNEXPLAINED = {"waiting": "parent_missing", "superseded": "version_superseded", "deleted": "deletion"}
FATES = ("refused", "landed", "accepted", "quarantined", "waiting", "repeated", "superseded", "deleted")


@dataclass
class Told:
    """What is known of a point's deliveries: rows of truth/faults and truth/accounts."""

    faults: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)


def deliver(plan: Plan, point: Point, out: Path) -> Told:
    """Write everything of a point; return what must become of it."""
    outbox, told = out / "offers" / point.id, Told()
    written = list(write_outbox(plan, point, outbox))
    for refused in (each for each in written if each.draft.refusal):
        _tell_whole(told, refused, "refused", REASONS[refused.draft.refusal])
    taken = [each for each in written if not each.draft.refusal]
    resolved = resolve(_delivered(taken))
    for number, each in enumerate(taken):
        _tell(told, each, {name: one for name, many in resolved.items() for one in many if one.delivery == number})
        if each.draft.again >= 0:
            stamp = clock(plan, point, each.draft, 45, each.draft.again) if each.draft.again else None
            again = repeat_offer(outbox, each.folder, stamp)
            _tell_whole(told, replace(each, folder=again), "repeated", "")
    _write_truth(out, point, taken, resolved)
    return told


def _delivered(taken: list[Written]) -> dict[str, list[Delivered]]:
    delivered: dict[str, list[Delivered]] = {}
    for number, each in enumerate(taken):
        for name in each.draft.tables:
            states = {
                fault.row: fault.fate
                for fault in each.draft.faults
                if fault.table == name and fault.row is not None and fault.fate in ("quarantined", "repeated")
            }
            rows = written_rows(each.draft, name)
            delivered.setdefault(name, []).append(
                Delivered(
                    number, each.offer.sequence, each.offer.kind, _with_clean_keys(each.draft, name, rows), states
                )
            )
    return delivered


def _with_clean_keys(draft: Draft, name: str, rows: pa.Table) -> pa.Table:
    """Rows as delivered, but with the clean row's keys: a misspelled code is still the same row's."""
    table = TABLES[name]
    for column in (*table.key, table.version):
        rows = rows.set_column(rows.column_names.index(column), column, draft.tables[name][column])
    return rows


def _tell_whole(told: Told, written: Written, fate: str, reason: str) -> None:
    """Account for a delivery whose rows all meet one fate."""
    for name in written.draft.tables:
        entries = [entry for entry in written.manifest["files"] if entry["table"] == name]
        rows, fen = (sum(entry[what] for entry in entries) for what in ("rows", "fen"))
        totals = {fate: (rows, fen)} if fate == "refused" else {fate: (rows, fen), "landed": (rows, fen)}
        told.accounts.append(_account(written, name, (rows, fen), totals, 0))
    kind = f"refused_{written.draft.refusal}" if fate == "refused" else "repeated_delivery"
    told.faults.append(_fault(written, Fault(kind, fate, reason), len(told.faults)))


def _tell(told: Told, written: Written, resolved: dict[str, Resolved]) -> None:
    """Account for a delivery row by row."""
    explained = {(fault.table, fault.row) for fault in written.draft.faults if fault.first != "waiting"}
    for fault in written.draft.faults:
        told.faults.append(_fault(written, fault, len(told.faults)))
    for name in written.draft.tables:
        each = resolved[name]
        for row, fate in enumerate(each.fates):
            if fate in UNEXPLAINED and (name, row) not in explained:
                fault = Fault(UNEXPLAINED[fate], fate, "", name, row)
                told.faults.append(_fault(written, fault, len(told.faults)))
        totals = {
            fate: (len(each.rows(fate)), sum(each.fen[row] for row in each.rows(fate))) for fate in set(each.fates)
        }
        totals["landed"] = (len(each.fates), sum(each.fen))
        told.accounts.append(_account(written, name, totals["landed"], totals, each.unpriced))
    _tell_reversals(told, written)


def _tell_reversals(told: Told, written: Written) -> None:
    """Negative amounts that say what they reverse are accepted, and marked."""
    if written.offer.kind == "increment" and "charge_item" in written.draft.tables:
        explained = {fault.row for fault in written.draft.faults if fault.table == "charge_item"}
        for row, line in enumerate(written.draft.tables["charge_item"]["reversal_of"].to_pylist()):
            if line is not None and row not in explained:
                fault = Fault("reversal", "accepted", "", "charge_item", row, "amount")
                told.faults.append(_fault(written, fault, len(told.faults)))


def _account(
    written: Written, name: str, declared: tuple[int, int], totals: dict[str, tuple[int, int]], unpriced: int
) -> dict[str, Any]:
    line = {**written.place, "table": name, "declared_rows": declared[0], "declared_fen": declared[1]}
    for fate in FATES:
        line[f"{fate}_rows"], line[f"{fate}_fen"] = totals.get(fate, (0, 0))
    return {**line, "unpriced": unpriced}


def _fault(written: Written, fault: Fault, number: int) -> dict[str, Any]:
    key = None
    if fault.table and fault.row is not None:
        row = take(written.draft.tables[fault.table], [fault.row]).to_pylist()[0]
        key = json.dumps({column: row[column] for column in TABLES[fault.table].key}, ensure_ascii=False)
    return {
        "fault_id": f"{written.offer.point}-{number + 1:05d}",
        **written.place,
        "table": fault.table,
        "row_number": None if fault.row is None else fault.row + 1,
        "key": key,
        "column": fault.column or None,
        "fault": fault.kind,
        "fate": fault.fate,
        "first_fate": fault.first or fault.fate,
        "reason": fault.reason or None,
    }


def _write_truth(out: Path, point: Point, taken: list[Written], resolved: dict[str, list[Resolved]]) -> None:
    """Write the rows that must stand in the end, a file per table."""
    for name, many in resolved.items():
        rows = [
            take(taken[each.delivery].draft.tables[name], each.rows("accepted"))
            for each in many
            if taken[each.delivery].offer.kind != "deletion"
        ]
        write_clean(out, point, name, pa.concat_tables(rows))


def write_clean(out: Path, point: Point, name: str, rows: pa.Table) -> None:
    """Write a point's clean rows of a table to truth/<table>/<point>.parquet."""
    path = out / "truth" / name / f"{point.id}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    point_id = pa.repeat(pa.scalar(point.id, pa.string()), len(rows))
    pq.write_table(rows.add_column(0, "point_id", point_id), path, compression="zstd")
