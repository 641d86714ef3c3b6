"""One table's part of a batch: weigh, write, post. Everything is read at the versions the batch pinned, so that a killed
batch, taken up again, decides the same and finds what it has written already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from jobs import lake, scan
from jobs.merge import candidates, write
from jobs.merge.candidates import Again, Full
from jobs.merge.resolve import decided_sql
from jobs.spark import FILE_ROWS, small_rows
from lakehouse.settings import Settings
from warehouse_models.contract import ConformedTable
from warehouse_models.registry import conformed_of

MOVED = ["point_id", "sequence", "before", "after", "rows", "fen"]


@dataclass(frozen=True)
class Work:
    """What a batch asks of one table.

    batch, night: the batch.   pins: versions before it, by path below the lake.   deliveries: what to merge, by the batch
    that staged it; None for everything it staged.   totals: sound rows and fen they brought: point_id, sequence, deletes,
    rows, fen.   reads: rows of those deliveries and of the ones weighed again.   again: merged rows to weigh again, because of
    a fence that came late or before.   fulls: those that may leave something out; preceded: those of them that something
    weighed now is older than; omitting: those that are merged now.   waiting_days: of business date, then quarantine.
    """

    batch: str
    night: date
    pins: Mapping[str, int]
    deliveries: Mapping[str, Collection[str] | None]
    totals: pd.DataFrame
    reads: int
    again: Again = field(default_factory=Again)
    fulls: Sequence[Full] = ()
    preceded: Sequence[Full] = ()
    omitting: Sequence[Full] = ()
    waiting_days: int = 30


@dataclass(frozen=True)
class Merged:
    """What a merge did. moved: rows and fen that went from one fate to another, by point and sequence.   months: months
    that may have changed.   expired: rows that waited too long, by point and sequence."""

    moved: pd.DataFrame
    months: tuple[str, ...]
    expired: pd.DataFrame


@dataclass(frozen=True)
class Weighing:
    """The queries of one merge. incoming: CTE text.   frames: what the queries name in braces, and the temporary view that it
    is."""

    spark: SparkSession
    settings: Settings
    table: ConformedTable
    work: Work
    incoming: str
    frames: dict[str, str] = field(default_factory=dict)

    def query(self, sql: str) -> DataFrame:
        """A query over `incoming` and the frames."""
        return self.spark.sql(f"with {self.incoming} {sql}".format_map(self.frames))

    def show(self, name: str, rows: DataFrame) -> None:
        """Let queries name the rows. As parameters of `spark.sql` they would be made a view again by each query, twice."""
        self.frames[name] = f"{self.table.source.name}_{name}"
        rows.createOrReplaceTempView(self.frames[name])

    def keep(self, name: str, sql: str) -> None:
        """Cut a query's plan short: its rows are computed once, at their first use, and stay what they were then."""
        self.show(name, self.query(sql).localCheckpoint(eager=False))

    def forget(self) -> None:
        """Let go of all rows that were shown or kept."""
        for view in self.frames.values():
            self.spark.catalog.dropTempView(view)

    def pin(self, path: Path) -> int:
        """The version that the batch found there."""
        return self.work.pins[str(path.relative_to(self.settings.lake))]


def merge_table(spark: SparkSession, settings: Settings, name: str, work: Work) -> Merged | None:
    """Merge a batch's rows of one exchange table into its conformed table; None when there is nothing to weigh."""
    table = conformed_of(name)
    waiting = lake.waiting_path(settings, table)
    waits = not lake.is_empty(waiting, work.pins[str(waiting.relative_to(settings.lake))])
    if not work.deliveries and not waits:
        return None
    incoming = candidates.incoming_sql(table, work.deliveries, waits, work.again)
    weighing = Weighing(spark, settings, table, work, incoming)
    _show_sources(weighing, waiting, waits)
    weighing = _kept(weighing)
    _weigh(weighing, waits)
    counts = _counts(weighing)
    months = tuple(sorted(counts.loc[counts["what"] == "month", "before"]))
    _write(weighing, months, counts)
    expired = _keep_waiting(weighing, waiting, counts, waits)
    weighing.forget()
    return Merged(_moved(work, counts), months, expired)


def _kept(weighing: Weighing) -> Weighing:
    """The same queries, over rows that are read once where they are few."""
    if weighing.work.reads > small_rows():
        return weighing
    weighing.keep("read", "select * from incoming")
    return replace(weighing, incoming="incoming as (select * from {read})")


def _show_sources(weighing: Weighing, waiting: Path, waits: bool) -> None:
    """Where `incoming` comes from: what was staged, and what waited."""
    work, staged = weighing.work, lake.staged_path(weighing.settings, weighing.table)
    batches = {*work.deliveries, *work.again.deliveries}
    weighing.show("staged", scan.rows(weighing.spark, staged, batch=batches, accepted=[True]))
    if waits:
        weighing.show("parked", scan.rows(weighing.spark, waiting, weighing.pin(waiting)))


def _weigh(weighing: Weighing, waits: bool) -> None:
    """Find the keys that more than one version speaks of, and decide each; all other rows win unopposed."""
    spark, settings, table, work = weighing.spark, weighing.settings, weighing.table, weighing.work
    parents = {parent.table: conformed_of(parent.table) for parent in table.source.parents}
    for name, parent in parents.items():
        weighing.show(f"parent_{name}", scan.rows(spark, lake.table_path(settings, parent)))
    if parents:
        keys = {name: parent.source.key for name, parent in parents.items()}
        weighing.keep("lost", candidates.orphans_sql(table, keys))
    path = lake.table_path(settings, table)
    if stands := weighing.pin(path) > 0:
        weighing.show("target", scan.rows(spark, path, weighing.pin(path)))
        weighing.keep("existing", candidates.existing_sql(table, work.omitting))
    again = waits or bool(work.again)
    weighing.keep("suspects", candidates.suspects_sql(stands, again, work.preceded, work.omitting))
    has_lost = "lost" in weighing.frames
    weighing.keep("decided", decided_sql(table, stands, has_lost, work.fulls, work.again.retold))


def _counts(weighing: Weighing) -> pd.DataFrame:
    """Everything that accounts and the writing need to know, in one small frame: `what`, then MOVED."""
    sums = "count(*) as rows, coalesce(sum(fen), 0) as fen"
    parts = [
        f"select 'moved' as what, point_id, sequence, before, after, {sums} from {{decided}} where before <> after group by all",
        f"select 'contested', point_id, sequence, '', '', {sums} from {{decided}} where state = 'new' group by all",
        f"select 'state', '', 0, state, coalesce(after, ''), {sums} from {{decided}} group by all",
    ]
    if "lost" in weighing.frames:
        parts.append(f"select 'lost', l.point_id, l.sequence, '', '', {sums} from ({_LOST}) l group by all")
    if weighing.table.has_months:
        parts.append("select 'month', '', 0, month, '', count(*), 0 from incoming group by month")
        if "existing" in weighing.frames:
            parts.append("select 'month', '', 0, month, '', count(*), 0 from {existing} group by month")
    return weighing.query(" union all ".join(parts)).toPandas().drop_duplicates()


# Orphans whose key nobody else speaks of; contested ones are decided with their key.
_LOST = "select o.* from {lost} o left anti join {suspects} s on s.key_hash = o.key_hash"


def _moved(work: Work, counts: pd.DataFrame) -> pd.DataFrame:
    """Movements of contested rows as decided; the other rows of each delivery are in, unless their parent is missing."""
    kept = counts[counts["what"].isin(["contested", "lost"])].groupby(["point_id", "sequence"])[["rows", "fen"]].sum()
    clean = work.totals.set_index(["point_id", "sequence"])
    clean[["rows", "fen"]] = clean[["rows", "fen"]].sub(kept, fill_value=0).loc[clean.index].astype("int64")
    clean = clean[clean["rows"] != 0].reset_index()
    clean["before"] = "waiting"
    clean["after"] = clean["deletes"].map({True: "deleted", False: "accepted"})
    return pd.concat([clean[MOVED], counts.loc[counts["what"] == "moved", MOVED]], ignore_index=True)


def _write(weighing: Weighing, months: Sequence[str], counts: pd.DataFrame) -> None:
    """Commit once, unless the batch has done so before it was killed."""
    table = weighing.table
    path = lake.table_path(weighing.settings, table)
    states, lost = counts[counts["what"] == "state"], counts[counts["what"] == "lost"]
    brought = int(weighing.work.totals["rows"].sum())
    if lake.version(path) > weighing.pin(path) or not brought + len(states):
        return
    has_omitted = bool((states["before"] == "omitted").any())
    is_few = int(states["rows"].sum() + lost["rows"].sum()) <= small_rows()
    winners = write.winners_sql(table, len(states) > 0, len(lost) > 0, has_omitted, is_few)
    if (states["before"] == "stored").any():
        changes = weighing.query(write.changes_sql(table, winners))
        weighing.show("changes", changes)
        weighing.spark.sql(write.merge_sql(table, path, months).format_map(weighing.frames))
        return
    rows = weighing.query(winners)
    writer = rows.coalesce(1).write.option("maxRecordsPerFile", FILE_ROWS) if brought <= small_rows() else rows.write
    writer.format("delta").mode("append").save(str(path))


def _keep_waiting(weighing: Weighing, path: Path, counts: pd.DataFrame, waits: bool) -> pd.DataFrame:
    """Rewrite the rows that wait, after the table, which takes in rows that waited until now. Those that waited too long
    leave, and are returned by point and sequence."""
    states = counts[(counts["what"] == "state") & (counts["after"] == "waiting")]
    still = int(states["rows"].sum() + counts.loc[counts["what"] == "lost", "rows"].sum())
    if still == 0 and not waits:
        return pd.DataFrame(columns=["point_id", "sequence", "rows", "fen"])
    rows = "select delivery, row_number from {decided} where after = 'waiting'"
    if "lost" in weighing.frames:
        rows += f" union all select delivery, row_number from ({_LOST})"
    weighing.keep(
        "still",
        f"select i.* from incoming i left semi join ({rows}) w on w.delivery = i.delivery and w.row_number = i.row_number",
    )
    last = weighing.work.night - timedelta(days=weighing.work.waiting_days)
    expired = weighing.query(
        "select point_id, sequence, count(*) as rows, coalesce(sum(fen), 0) as fen from {still}"
        f" where business_date < date'{last}' group by all"
    ).toPandas()
    if lake.version(path) == weighing.pin(path):
        names = ", ".join(lake.staged_names(weighing.table))
        kept = weighing.query(f"select {names} from {{still}} where business_date >= date'{last}'")
        kept.coalesce(1).write.format("delta").mode("overwrite").save(str(path))
    return expired
