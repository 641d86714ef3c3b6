"""Rows that were set aside: why, which ones, and the way back in after a fix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from expectations.reasons import PARENT_MISSING, Reason, reasons, reasons_of
from jobs import ledger
from jobs.duck import connect
from jobs.lake import exists, staged_path
from jobs.landing.land import reland
from jobs.landing.record import Landed
from jobs.shelves import is_replay, records
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models.contract import ExchangeTable
from warehouse_models.registry import conformed_of, exchange

# The reasons are those that the latest batch found. A row is no longer aside once any landing of it got past the checks.
ASIDE = """
    select r.row_number, arg_max(r.bad, b.place) as bad, any_value(r.kind) as kind
    from rows r join batches b on b.id = r.batch
    group by r.row_number having not bool_or(r.accepted) order by r.row_number
"""


def by_reason(settings: Settings, point: str | None = None) -> list[dict[str, Any]]:
    """Rows that are set aside, by table and reason, most first, with the sentences and what the hospital does.

    A row with two reasons counts under both."""
    sentences = {reason.code: reason for table in exchange().values() for reason in reasons(table)}
    rows = reasons_now(settings)
    chosen = rows if point is None else rows[rows["point_id"] == point]
    by = chosen.groupby(["table", "reason", "column"], as_index=False)
    counted = by.agg(rows=("rows", "sum"), points=("point_id", "nunique"))
    found = [
        {
            "table": table,
            "reason": code,
            "column": column,
            "rows": count,
            "points": points,
            "says": sentences[code].says,
            "says_zh": sentences[code].says_zh,
            "do": sentences[code].do,
            "do_zh": sentences[code].do_zh,
        }
        for table, code, column, count, points in counted.to_numpy().tolist()
    ]
    return sorted(found, key=lambda row: (-row["rows"], row["table"], row["reason"]))


def reasons_now(settings: Settings) -> pd.DataFrame:
    """Rows that are set aside: as the ledger says, and counted anew where a delivery has landed again.

    Columns point_id, table, reason (code), column (empty where none is at fault), rows; groups may come more than once."""
    rows = ledger.reasons(settings).to_pandas().astype({"column": object})
    again = _landed_again(settings)
    of_again = [pair in again for pair in zip(rows["point_id"], rows["sequence"], strict=True)]
    told = rows[~pd.Series(of_again, rows.index, bool) | rows["reason"].eq(PARENT_MISSING.code)]
    anew = [
        {"point_id": point, "table": table.name, "reason": reason.code, "column": reason.column, "rows": 1}
        for point, sequence in sorted(again)
        for table in exchange().values()
        for _, why in _aside(settings, table, point, sequence)
        for reason in why
    ]
    names = ["point_id", "table", "reason", "column", "rows"]
    found = pd.concat([told[names], pd.DataFrame(anew, columns=names)] if anew else [told[names]])
    return found.assign(column=found["column"].fillna(""))


def _landed_again(settings: Settings) -> set[tuple[str, int]]:
    """Point and sequence of deliveries that a replay has landed again and a batch has taken."""
    taken = records(settings, (name for name in ledger.batched_deliveries(settings) if "." in name.rpartition("/")[2]))
    return {(each.point, each.sequence) for each in taken if each.sequence is not None and is_replay(settings, each)}


def rows_of(settings: Settings, point: str, sequence: int) -> list[dict[str, Any]]:
    """The rows of a delivery that are set aside: table, row number in the delivery, reasons. No cell is shown.

    Raises QUARANTINE-001 when no night has taken such a delivery."""
    _taken(settings, point, sequence)
    found = [
        {"table": table.name, "row": row, "reasons": [reason.code for reason in why]}
        for table in exchange().values()
        for row, why in _aside(settings, table, point, sequence)
    ]
    return sorted(found, key=lambda row: (row["table"], row["row"]))


def _aside(
    settings: Settings, table: ExchangeTable, point: str, sequence: int
) -> Iterator[tuple[int, tuple[Reason, ...]]]:
    """Number and reasons of each row of a delivery that is set aside."""
    path = staged_path(settings, conformed_of(table.name))
    if not exists(path):
        return
    of_delivery = (ds.field("point_id") == point) & (ds.field("sequence") == sequence)
    columns = ["batch", "accepted", "kind", "row_number", "bad"]
    with connect() as connection:
        connection.register("rows", DeltaTable(str(path)).to_pyarrow_dataset().to_table(columns, filter=of_delivery))
        names = pa.array((batch.id for batch in ledger.batches(settings)), pa.string())
        connection.register("batches", pa.table({"id": names, "place": pa.array(range(len(names)), pa.int32())}))
        for number, bad, kind in connection.execute(ASIDE).fetchall():
            yield number, tuple(reasons_of(table, bad, kind == "deletion"))


def replay(settings: Settings, point: str, sequence: int, workers: int | None = None) -> Landed:
    """Open the sealed original of a delivery and land it again; the next night takes in what now passes the checks.

    Rows that passed before are left alone. workers: as for landing. Raises QUARANTINE-001 when the point delivered no such sequence.
    """
    landed = _taken(settings, point, sequence)
    night = max(batch.night for batch in ledger.batches(settings))
    return reland(settings, landed.id, night, workers)


def _taken(settings: Settings, point: str, sequence: int) -> Landed:
    """The record of a delivery that a night has taken."""
    names = [name for name in ledger.batched_deliveries(settings) if name.startswith(f"{point}/")]
    landed = [each for each in records(settings, names) if each.sequence == sequence and each.status == "landed"]
    if not landed:
        raise LakehouseError(
            "QUARANTINE-001",
            f"Point {point} has no delivery of sequence {sequence} that a night has taken.",
            do="See `lakehouse ledger` for the deliveries that there are.",
        )
    return landed[0]
