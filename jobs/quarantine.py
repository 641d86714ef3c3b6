"""Rows that were set aside: why, which ones, and the way back in after a fix."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from expectations.reasons import reasons, reasons_of
from jobs import ledger
from jobs.lake import exists, staged_path
from jobs.landing.land import reland
from jobs.landing.record import Landed
from jobs.shelves import records
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models.registry import conformed, exchange


def by_reason(settings: Settings, point: str | None = None) -> list[dict[str, Any]]:
    """Rows set aside by table and reason, most first, with the sentences and what the hospital does.

    A row with two reasons counts under both; a row that a replay has let in since is still counted here."""
    sentences = {reason.code: reason for table in exchange().values() for reason in reasons(table)}
    rows = ledger.reasons(settings)
    chosen = rows if point is None else rows.filter(pc.equal(rows["point_id"], point))
    grouped = chosen.group_by(["table", "reason", "column"]).aggregate(
        [("rows", "sum"), ("point_id", "count_distinct")]
    )
    found = [
        {
            "table": row["table"],
            "reason": row["reason"],
            "column": row["column"] or "",
            "rows": row["rows_sum"],
            "points": row["point_id_count_distinct"],
            "says": sentences[row["reason"]].says,
            "says_zh": sentences[row["reason"]].says_zh,
            "do": sentences[row["reason"]].do,
        }
        for row in grouped.to_pylist()
    ]
    return sorted(found, key=lambda row: (-row["rows"], row["table"], row["reason"]))


def rows_of(settings: Settings, point: str, sequence: int) -> list[dict[str, Any]]:
    """The rows of a delivery that the checks set aside: table, row number in the delivery, reasons. No cell is shown."""
    found = []
    for table in conformed().values():
        path = staged_path(settings, table)
        if not exists(path):
            continue
        of_delivery = [("accepted", "=", "false")]
        aside = DeltaTable(str(path)).to_pyarrow_table(
            partitions=of_delivery, columns=["point_id", "sequence", "kind", "row_number", "bad"]
        )
        found += [
            {"table": table.source.name, "row": row["row_number"], "reasons": _codes(table.source.name, row)}
            for row in _chosen(aside, point, sequence).to_pylist()
        ]
    return sorted(found, key=lambda row: (row["table"], row["row"]))


def _chosen(rows: pa.Table, point: str, sequence: int) -> pa.Table:
    return rows.filter(pc.and_(pc.equal(rows["point_id"], point), pc.equal(rows["sequence"], sequence)))


def _codes(table: str, row: dict[str, Any]) -> list[str]:
    return [reason.code for reason in reasons_of(exchange()[table], row["bad"], row["kind"] == "deletion")]


def replay(settings: Settings, point: str, sequence: int) -> Landed:
    """Open the sealed original of a delivery and land it again; the next night takes in what now passes the checks.

    Rows that passed before are left alone. Raises QUARANTINE-001 when the point delivered no such sequence.
    """
    names = [name for name in ledger.batched_deliveries(settings) if name.startswith(f"{point}/")]
    landed = [each for each in records(settings, names) if each.sequence == sequence and each.status == "landed"]
    if not landed:
        raise LakehouseError(
            "QUARANTINE-001",
            f"Point {point} has no delivery of sequence {sequence} that a night has taken.",
            do="See `lakehouse ledger` for the deliveries that there are.",
        )
    night = max(batch.night for batch in ledger.batches(settings))
    return reland(settings, landed[0].id, night)
