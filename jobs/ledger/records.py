"""Tables of the ledger: one Parquet file a batch and step, written whole: a step run twice says the same, once."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.duck import connect
from jobs.ledger.batches import Batch
from jobs.ledger.postings import POSTINGS, check
from lakehouse.errors import DamageError
from lakehouse.files import write_whole
from lakehouse.settings import Settings

DELIVERY = [
    pa.field("point_id", pa.string(), nullable=False),
    pa.field("business_date", pa.date32()),
    pa.field("sequence", pa.int32()),
]
COUNTERS = pa.schema(
    [
        *DELIVERY,
        pa.field("kind", pa.string()),
        pa.field("delivery", pa.string(), nullable=False),
        pa.field("table", pa.string(), nullable=False),
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in ("rows", "quarantined", "unmapped", "coded", "nulls", "cells", "fen", "unpriced", "repaired")
        ),
        pa.field("latest_event", pa.date32()),
    ]
)
REASONS = pa.schema(
    [
        *DELIVERY,
        pa.field("delivery", pa.string(), nullable=False),
        pa.field("table", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("column", pa.string()),
        pa.field("rows", pa.int64(), nullable=False),
    ]
)
UNMAPPED = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("dialect", "list", "written", "point_id", "table", "column")),
        pa.field("rows", pa.int64(), nullable=False),
    ]
)
SCHEMAS = {"postings": POSTINGS, "counters": COUNTERS, "reasons": REASONS, "unmapped": UNMAPPED}
Rows: TypeAlias = pa.Table | pd.DataFrame


def write_postings(settings: Settings, batch: Batch, step: str, rows: Rows) -> None:
    """Post what a step did to deliveries' accounts. Raises DamageError for a fate that no account knows."""
    write(settings, "postings", f"{batch.id}-{step}", rows)


def write_counters(settings: Settings, batch: Batch, step: str, rows: Rows) -> None:
    """Keep what a step counted, one row a delivery and table; gates judge it."""
    write(settings, "counters", f"{batch.id}-{step}", rows)


def write_reasons(settings: Settings, batch: Batch, step: str, rows: Rows) -> None:
    """Keep how many rows of a delivery and table a step set aside for each reason."""
    write(settings, "reasons", f"{batch.id}-{step}", rows)


def write_unmapped(settings: Settings, batch: Batch, step: str, rows: Rows) -> None:
    """Keep the codes that no list and no crosswalk knew, with how many rows bore them."""
    write(settings, "unmapped", f"{batch.id}-{step}", rows)


def counters(settings: Settings, since: date = date.min) -> pd.DataFrame:
    """Counters of business dates from `since` on, one row a delivery and table."""
    sql = 'select * from counters where business_date >= ? order by point_id, delivery, "table"'
    return query(settings, "counters", sql, [since]).to_pandas(date_as_object=True)


def reasons(settings: Settings) -> pa.Table:
    """All reasons with their rows."""
    return query(settings, "reasons", "select * from reasons order by all")


def unmapped(settings: Settings) -> pa.Table:
    """All codes that nothing knew."""
    return query(settings, "unmapped", "select * from unmapped order by all")


def write(settings: Settings, kind: str, name: str, rows: Rows) -> None:
    """Write one file of a kind of record. The same rows give the same bytes. Raises DamageError for a wrong shape."""
    table = _shaped(kind, rows)
    if kind == "postings":
        check(table)
    buffer = io.BytesIO()
    pq.write_table(table.sort_by([(column, "ascending") for column in table.column_names]), buffer, compression="zstd")
    write_whole(file_of(settings, kind, name), buffer.getvalue())


def file_of(settings: Settings, kind: str, name: str) -> Path:
    """Where a file of a kind of record lies."""
    return settings.ledger / kind / f"{name}.parquet"


def query(settings: Settings, kind: str, sql: str, parameters: Iterable[object] = ()) -> pa.Table:
    """Ask all files of a kind, under the kind's name; without a file an empty table answers."""
    files = [str(file) for file in sorted((settings.ledger / kind).glob("[!.]*.parquet"))]
    with connect() as connection:
        source = connection.read_parquet(files) if files else connection.from_arrow(SCHEMAS[kind].empty_table())
        source.create_view(kind)
        return connection.execute(sql, list(parameters)).to_arrow_table()


def _shaped(kind: str, rows: Rows) -> pa.Table:
    schema = SCHEMAS[kind]
    if isinstance(rows, pd.DataFrame):
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    try:
        table = rows.select(schema.names).replace_schema_metadata().cast(schema)
        table.validate(full=True)
    except (KeyError, ValueError, pa.ArrowException):
        given = ", ".join(f"{field.name} {field.type}" for field in rows.schema)
        what = f"Rows for {kind} do not have the ledger's columns and types."
        raise DamageError("LEDGER-001", what, where=given) from None
    return table
