"""The rows that may change a table in this batch: new and released ones, waiting ones, and ones to weigh again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession

from jobs.hashes import row_hash
from warehouse_models.contract import ConformedTable

OMITTED = "timestamp_ntz'0001-01-01 00:00:00'"  # Version of a tombstone that a full left: any later row outranks it.


@dataclass(frozen=True)
class Full:
    """A full delivery: every row of the table in its period that it does not hold is gone, as of its sequence."""

    point_id: str
    sequence: int
    begin: date
    end: date


def key_hash(table: ConformedTable, alias: str) -> str:
    """SQL of a hash of the key. Equal keys have equal hashes; a collision only widens what is looked at."""
    return f"xxhash64({', '.join(f'{alias}.{name}' for name in table.key)})"


def event_on(table: ConformedTable, alias: str) -> str:
    """SQL of the day a row is about; null in tables without months."""
    month_of = table.source.month_of
    return f"coalesce(cast({alias}.{month_of} as date), {alias}.original_event_on)" if month_of else "cast(null as date)"


def staged_rows(
    spark: SparkSession, table: ConformedTable, staged: DataFrame, batches: Collection[str], deliveries: Collection[str] | None, state: str
) -> DataFrame:
    """Sound rows of some batches, of some deliveries or of all of theirs, marked with the state they come in."""
    chosen = "" if deliveries is None else f" and s.delivery in ({_quoted(deliveries)})"
    return spark.sql(
        f"select {candidate_columns(table, 's', state)} from {{staged}} s"
        f" where s.batch in ({_quoted(batches)}) and s.accepted{chosen}",
        staged=staged,
    )


def candidate_columns(table: ConformedTable, alias: str, state: str) -> str:
    """SQL list: a staged row with the hashes of its key and content and the state it comes in."""
    return (
        f"{alias}.*, '{state}' as state, {key_hash(table, alias)} as key_hash,"
        f" {row_hash([f'{alias}.{column.name}' for column in table.columns])} as content_hash, {event_on(table, alias)} as event_on"
    )


def orphans(spark: SparkSession, table: ConformedTable, incoming: DataFrame, parents: dict[str, DataFrame]) -> DataFrame:
    """Rows whose parent nobody knows, neither live nor as a tombstone. A deletion needs no parent."""
    missing = []
    for place, parent in enumerate(table.source.parents):
        keys = parents[parent.table].columns[1:]
        pairs = " and ".join(f"p.{key} = i.{column}" for key, column in zip(keys, parent.columns, strict=True))
        named = " and ".join(f"i.{column} is not null" for column in parent.columns)
        known = f"exists (select 1 from {{parent{place}}} p where p.point_id = i.point_id and {pairs})"
        missing.append(f"({named} and not {known})")
    frames = {f"parent{place}": parents[parent.table] for place, parent in enumerate(table.source.parents)}
    return spark.sql(
        "select i.delivery, i.row_number, i.key_hash, i.point_id, i.sequence, i.fen, i.state from {incoming} i"
        f" where i.kind <> 'deletion' and ({' or '.join(missing)})",
        incoming=incoming,
        **frames,
    )


def existing_rows(spark: SparkSession, table: ConformedTable, target: DataFrame, wanted: DataFrame | None, fulls: Sequence[Full]) -> DataFrame:
    """What stands in the table for the keys in `wanted`, and for every key in the period of a full: key and order only.

    Both halves read the key's columns and a few narrow ones of the whole table: a correction may move a row from any
    month to any other.
    """
    month = "t.month" if table.has_months else "cast(null as string) as month"
    amount = f"cast(t.{table.source.amount} * 100 as bigint)" if table.source.amount else "cast(null as bigint)"
    narrow = (
        f"select {', '.join(f't.{name}' for name in table.key)}, {month}, t.sequence, t.fence, t.is_deleted,"
        f" t.{table.source.version} as stamp, {amount} as fen, {event_of_stored(table, 't')} as event_on,"
        f" {key_hash(table, 't')} as key_hash from {{target}} t"
    )
    rows = f"select * from ({narrow}) n where n.key_hash in (select key_hash from {{wanted}})" if wanted is not None else ""
    if fulls:
        covered = f"select * from ({narrow}) n where {in_period('n', fulls)}"
        rows = f"{rows} union {covered}" if rows else covered
    return spark.sql(rows, target=target, **({} if wanted is None else {"wanted": wanted}))


def event_of_stored(table: ConformedTable, alias: str) -> str:
    """SQL of the day a stored row is about; a tombstone knows its month only."""
    month_of = table.source.month_of
    return f"coalesce(cast({alias}.{month_of} as date), cast({alias}.month || '-01' as date))" if month_of else "cast(null as date)"


def in_period(alias: str, fulls: Sequence[Full]) -> str:
    """SQL: the row lies in the period of one of the fulls, and below its sequence."""
    return "(" + " or ".join(_covered(alias, full) for full in fulls) + ")"


def period_fence(alias: str, fulls: Sequence[Full]) -> str:
    """SQL: the highest sequence of a full that covers the row and comes after it; 0 if there is none."""
    cases = [f"if({_covered(alias, full)}, {full.sequence}, 0)" for full in fulls]
    return f"greatest(0, {', '.join(cases)})" if cases else "0"


def _covered(alias: str, full: Full) -> str:
    """A row without a day belongs to a register, which a full states whatever its period."""
    day = f"coalesce({alias}.event_on, date'{full.begin}')"
    return f"({alias}.point_id = '{full.point_id}' and {alias}.sequence < {full.sequence} and {day} between date'{full.begin}' and date'{full.end}')"


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
