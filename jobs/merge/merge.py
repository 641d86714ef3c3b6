"""One table's part of a batch: weigh, write, post. Everything is read at the versions the batch pinned, so that a killed
batch, taken up again, decides the same and finds what it has written already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from pathlib import Path

import pandas as pd
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession

from jobs import lake
from jobs.merge import write
from jobs.merge.candidates import Full, candidate_columns, existing_rows, orphans, period_fence, staged_rows
from jobs.merge.resolve import decisions
from lakehouse.settings import Settings
from warehouse_models.contract import ConformedTable
from warehouse_models.registry import conformed_of

SMALL = 500_000  # Rows up to which a commit is written as one file a month.
MOVED = ["point_id", "sequence", "before", "after", "rows", "fen"]


@dataclass(frozen=True)
class Work:
    """What a batch asks of one table.

    batch, night: the batch.   pins: versions before it, by path below the lake.   deliveries: deliveries to merge, by the
    batch that staged them.   totals: sound rows and fen they brought: point_id, sequence, deletes, rows, fen.   fulls: all
    fulls known of the table; omitting: those of this batch.   replays: merged deliveries to weigh again because a fence of
    a lower sequence came late, by the batch that staged them.   waiting_days: of business date, then quarantine.
    """

    batch: str
    night: date
    pins: Mapping[str, int]
    deliveries: Mapping[str, Sequence[str]]
    totals: pd.DataFrame
    fulls: Sequence[Full] = ()
    omitting: Sequence[Full] = ()
    replays: Mapping[str, Sequence[str]] = field(default_factory=dict)
    waiting_days: int = 30


@dataclass(frozen=True)
class Merged:
    """What a merge did. moved: rows and fen that went from one fate to another, by point and sequence.   months: months
    that may have changed.   expired: rows that waited too long, by point and sequence."""

    moved: pd.DataFrame
    months: tuple[str, ...]
    expired: pd.DataFrame


@dataclass(frozen=True)
class Rows:
    """The frames of one merge, each named for its rows; None where there are none."""

    incoming: DataFrame
    lost: DataFrame | None
    existing: DataFrame | None
    suspects: DataFrame
    contested: DataFrame
    decided: DataFrame


def merge_table(spark: SparkSession, settings: Settings, name: str, work: Work) -> Merged | None:
    """Merge a batch's rows of one exchange table into its conformed table; None when there is nothing to weigh."""
    table = conformed_of(name)
    incoming = _incoming(spark, settings, table, work)
    if incoming is None:
        return None
    rows = _weigh(spark, settings, table, work, incoming)
    try:
        months = _months(spark, table, rows)
        counts = _counts(spark, rows)
        _write(spark, settings, table, work, rows, months, counts)
        waiting = _keep_waiting(spark, settings, table, work, rows, counts)
        return Merged(_moved(work, counts), months, waiting)
    finally:
        for frame in (rows.lost, rows.existing, rows.suspects, rows.decided):
            if frame is not None:
                frame.unpersist()


def _pin(work: Work, settings: Settings, path: Path) -> int:
    return work.pins[str(path.relative_to(settings.lake))]


def _incoming(spark: SparkSession, settings: Settings, table: ConformedTable, work: Work) -> DataFrame | None:
    """New and released rows, all that wait, and merged ones to weigh again."""
    staged = spark.read.format("delta").load(str(lake.staged_path(settings, table)))
    parts = [staged_rows(spark, table, staged, [batch], names, "new") for batch, names in work.deliveries.items() if names]
    path = lake.waiting_path(settings, table)
    waits = _pin(work, settings, path) > 0
    waiting = lake.at(spark, path, _pin(work, settings, path))
    if waits:
        parts.append(spark.sql(f"select {candidate_columns(table, 's', 'waiting')} from {{waiting}} s", waiting=waiting))
    if not parts:
        return None
    whole = reduce(DataFrame.unionByName, parts)
    again = [staged_rows(spark, table, staged, [batch], names, "replay") for batch, names in work.replays.items()]
    return whole.unionByName(_fenced(spark, whole, reduce(DataFrame.unionByName, again), waiting)) if again else whole


def _fenced(spark: SparkSession, incoming: DataFrame, again: DataFrame, waiting: DataFrame) -> DataFrame:
    """Of merged rows, those whose key a fence speaks of now, or whose point states everything; not what waits anyway."""
    return spark.sql(
        """
        select a.* from {again} a
        where (a.key_hash in (select key_hash from {incoming} where kind <> 'increment')
               or a.point_id in (select point_id from {incoming} where kind = 'full'))
          and not exists (select 1 from {waiting} w where w.delivery = a.delivery and w.row_number = a.row_number)
        """,
        again=again,
        incoming=incoming,
        waiting=waiting,
    )


def _weigh(spark: SparkSession, settings: Settings, table: ConformedTable, work: Work, incoming: DataFrame) -> Rows:
    """Find the keys that more than one version speaks of, and decide each; all other rows win unopposed."""
    parents = {parent.table: _keys(spark, settings, parent.table) for parent in table.source.parents}
    lost = orphans(spark, table, incoming, parents).persist() if parents else None
    path = lake.table_path(settings, table)
    pinned = _pin(work, settings, path)
    existing = None
    if pinned > 0:
        existing = existing_rows(spark, table, lake.at(spark, path, pinned), incoming, work.omitting).persist()
    waited = _pin(work, settings, lake.waiting_path(settings, table)) > 0
    suspects = _suspects(spark, work, incoming, existing, waited or bool(work.replays)).persist()
    contested = spark.sql("select i.* from {i} i left semi join {s} s on s.key_hash = i.key_hash", i=incoming, s=suspects)
    contested = _without_standing(spark, table, contested, existing) if work.replays and existing is not None else contested
    standing = existing if existing is not None else _nothing(spark, table)
    decided = decisions(spark, table, contested, standing, lost, work.fulls, work.omitting).persist()
    return Rows(incoming, lost, existing, suspects, contested, decided)


def _keys(spark: SparkSession, settings: Settings, parent: str) -> DataFrame:
    """The keys that a parent table knows, tombstones included: once known, always known."""
    model = conformed_of(parent)
    whole = spark.read.format("delta").load(str(lake.table_path(settings, model)))
    return whole.select(*model.key)


def _nothing(spark: SparkSession, table: ConformedTable) -> DataFrame:
    """No stored row, in the shape of `existing_rows`."""
    key = ", ".join(f"cast('' as {column.sql}) as {column.name}" for column in table.stored_columns if column.name in table.key)
    return spark.sql(
        f"select {key}, '' as month, 0 as sequence, 0 as fence, false as is_deleted, cast(null as timestamp_ntz) as stamp,"
        " cast(0 as bigint) as fen, cast(null as date) as event_on, cast(0 as bigint) as key_hash where false"
    )


def _suspects(spark: SparkSession, work: Work, incoming: DataFrame, existing: DataFrame | None, again: bool) -> DataFrame:
    """Hashes of keys that need weighing: met twice, met before, waited for, or spoken of by a later full."""
    met = "select key_hash from {incoming}" + (" union all select key_hash from {existing}" if existing is not None else "")
    later = f" or {period_fence('i', work.fulls)} > 0" if work.fulls else ""  # A full of a higher sequence covers the row.
    parts = [f"select key_hash from ({met}) group by key_hash having count(*) > 1"]
    if again or later:
        parts.append(f"select i.key_hash from {{incoming}} i where i.state <> 'new'{later}")
    if work.omitting and existing is not None:
        parts.append("select key_hash from {existing}")
    frames = {"incoming": incoming} | ({"existing": existing} if existing is not None else {})
    return spark.sql(" union ".join(parts), **frames)


def _without_standing(spark: SparkSession, table: ConformedTable, contested: DataFrame, existing: DataFrame) -> DataFrame:
    """A row to weigh again that stands already is there as the stored row; do not weigh it twice."""
    same = " and ".join(f"e.{name} = c.{name}" for name in table.key)
    return spark.sql(
        f"select c.* from {{c}} c left anti join {{e}} e on c.state = 'replay' and e.sequence = c.sequence and {same}",
        c=contested,
        e=existing,
    )


def _months(spark: SparkSession, table: ConformedTable, rows: Rows) -> tuple[str, ...]:
    if not table.has_months:
        return ()
    parts = ["select month from {incoming}"] + (["select month from {existing}"] if rows.existing is not None else [])
    frames = {"incoming": rows.incoming} | ({"existing": rows.existing} if rows.existing is not None else {})
    found = spark.sql(f"select distinct month from ({' union all '.join(parts)})", **frames).toPandas()
    return tuple(sorted(found["month"]))


def _counts(spark: SparkSession, rows: Rows) -> pd.DataFrame:
    """Everything that accounts need to know, in one small frame: `what`, then MOVED."""
    sums = "count(*) as rows, coalesce(sum(fen), 0) as fen"
    parts = [
        f"select 'moved' as what, point_id, sequence, before, after, {sums} from {{decided}} where before <> after group by all",
        f"select 'contested', point_id, sequence, '', '', {sums} from {{decided}} where state = 'new' group by all",
        f"select 'state', '', 0, state, coalesce(after, ''), {sums} from {{decided}} group by all",
    ]
    frames = {"decided": rows.decided}
    if rows.lost is not None:
        free = "{lost} l left anti join {suspects} s on s.key_hash = l.key_hash"
        parts.append(f"select 'lost', l.point_id, l.sequence, '', '', count(*), coalesce(sum(l.fen), 0) from {free} group by all")
        frames |= {"lost": rows.lost, "suspects": rows.suspects}
    return spark.sql(" union all ".join(parts), **frames).toPandas()


def _moved(work: Work, counts: pd.DataFrame) -> pd.DataFrame:
    """Movements of contested rows as decided; the other rows of each delivery are in, unless their parent is missing."""
    held_back = counts[counts["what"].isin(["contested", "lost"])].groupby(["point_id", "sequence"])[["rows", "fen"]].sum()
    clean = work.totals.set_index(["point_id", "sequence"])
    clean[["rows", "fen"]] = clean[["rows", "fen"]].sub(held_back, fill_value=0).loc[clean.index].astype("int64")
    clean = clean[clean["rows"] != 0].reset_index()
    clean["before"] = "waiting"
    clean["after"] = clean["deletes"].map({True: "deleted", False: "accepted"})
    moved = counts[counts["what"] == "moved"]
    return pd.concat([clean[MOVED], moved[MOVED]], ignore_index=True)


def _write(spark: SparkSession, settings: Settings, table: ConformedTable, work: Work, rows: Rows, months: Sequence[str], counts: pd.DataFrame) -> None:
    """Commit once, unless the batch has done so before it was killed."""
    path = lake.table_path(settings, table)
    if lake.version(path) > _pin(work, settings, path):
        return
    states = counts[counts["what"] == "state"]
    skip = ([rows.suspects] if len(states) else []) + ([rows.lost.select("delivery", "row_number")] if rows.lost is not None else [])
    won = write.winners(spark, table, rows.incoming, skip, rows.contested, rows.decided)
    if int(work.totals["rows"].sum()) <= SMALL:
        won = won.coalesce(1)
    if (states["before"] == "stored").any():
        write.merge(spark, table, path, won, rows.decided, months)
    else:
        write.append(spark, path, won)


def _keep_waiting(spark: SparkSession, settings: Settings, table: ConformedTable, work: Work, rows: Rows, counts: pd.DataFrame) -> pd.DataFrame:
    """Rewrite the rows that wait. Those that waited too long leave; they are returned by point and sequence."""
    path = lake.waiting_path(settings, table)
    states = counts[(counts["what"] == "state") & (counts["after"] == "waiting")]
    anew = int(states["rows"].sum() + counts.loc[counts["what"] == "lost", "rows"].sum())
    nothing = pd.DataFrame(columns=["point_id", "sequence", "rows", "fen"])
    if anew == 0 and _pin(work, settings, path) == 0:
        return nothing
    still = _still(spark, rows)
    last = work.night - timedelta(days=work.waiting_days)
    if lake.version(path) == _pin(work, settings, path):
        kept = spark.sql(f"select batch, accepted, * except (batch, accepted, state, key_hash, content_hash) from {{still}} where business_date >= date'{last}'", still=still)
        names = spark.read.format("delta").load(str(path)).columns
        kept.select(*names).coalesce(1).write.format("delta").mode("overwrite").save(str(path))
    return spark.sql(
        f"select point_id, sequence, count(*) as rows, coalesce(sum(fen), 0) as fen from {{still}}"
        f" where business_date < date'{last}' group by all",
        still=still,
    ).toPandas()


def _still(spark: SparkSession, rows: Rows) -> DataFrame:
    """Rows that wait after this batch."""
    decided = "select delivery, row_number from {decided} where after = 'waiting'"
    frames = {"incoming": rows.incoming, "decided": rows.decided}
    if rows.lost is not None:
        decided += " union all select l.delivery, l.row_number from {lost} l left anti join {suspects} s on s.key_hash = l.key_hash"
        frames |= {"lost": rows.lost, "suspects": rows.suspects}
    return spark.sql(f"select i.* from {{incoming}} i left semi join ({decided}) w on w.delivery = i.delivery and w.row_number = i.row_number", **frames)
