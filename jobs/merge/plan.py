"""What a batch asks of each table: found in the ledger and in the records of what has landed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from jobs import ledger
from jobs.duck import connect
from jobs.ledger import Batch
from jobs.merge.candidates import Again, Full
from jobs.merge.merge import Work
from jobs.shelves import records
from jobs.site import load_site
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.contract import ExchangeTable

HEAD = ["point_id", "business_date", "sequence", "kind", "delivery"]


@dataclass(frozen=True)
class Sources:
    """Staged deliveries, one row a delivery, table and batch: HEAD, batch that staged it, table, sound rows and fen, id,
    whether they are to merge now (taken), and whether an earlier batch has merged them."""

    staged: pd.DataFrame

    @property
    def heads(self) -> pd.DataFrame:
        """HEAD of each staged delivery, once."""
        return self.staged[HEAD].drop_duplicates()


def sources(settings: Settings, batch: Batch, taken: Collection[str], replayed: Collection[str]) -> Sources:
    """What has been staged so far, and which of it to merge in a batch. Of a replayed delivery that is only what the batch
    itself staged; what was staged before is merged, or is held with its delivery."""
    files = str(settings.ledger / "postings" / "*-stage-*.parquet")
    staged = (
        connect()
        .execute(
            f"""
        select {", ".join(HEAD)}, regexp_extract(filename, '([^/]+)-stage-[a-z_]+[.]parquet$', 1) as batch, "table",
               coalesce(sum("rows") filter (fate = 'waiting'), 0)::bigint as rows,
               coalesce(sum(fen) filter (fate = 'waiting'), 0)::bigint as fen
        from read_parquet(?, filename = true) group by all
        """,
            [files],
        )
        .to_arrow_table()
        .to_pandas(date_as_object=True)
    )
    staged["id"] = staged["point_id"] + "/" + staged["delivery"]
    here = staged["batch"].eq(batch.id)
    undecided = {verdict.id for verdict in ledger.held(settings, batch)}
    rejected = {made.delivery for made in ledger.decisions(settings) if made.decision == "reject"}
    unreleased = set(ledger.released_not_merged(settings))
    aside = undecided | rejected | unreleased
    chosen = staged["id"].isin(set(taken) | (set(replayed) - aside))
    staged["taken"] = chosen & (here | ~staged["id"].isin(set(replayed) - set(batch.released)))
    staged["merged"] = ~here & ~staged["taken"] & ~staged["id"].isin(aside)
    return Sources(staged)


def levels() -> list[list[str]]:
    """Exchange tables in groups: the parents of each group stand in earlier ones."""
    tables, done, found = registry.exchange(), set[str](), list[list[str]]()
    while len(done) < len(tables):
        ready = [name for name in registry.order() if name not in done and _parents(tables[name]) <= done]
        found.append(ready)
        done |= set(ready)
    return found


def _parents(table: ExchangeTable) -> set[str]:
    return {parent.table for parent in table.parents}


def work_of(settings: Settings, batch: Batch, table: str, where: Sources) -> Work:
    """What the batch asks of one table."""
    here = where.staged[where.staged["table"] == table]
    taken = here[here["taken"]]
    waiting = here["merged"] & here["id"].isin(_waiting(settings, table))
    retold = _retold(here, waiting)
    known, here_now = _fulls(settings, here[here["taken"] | here["merged"]]), set(taken["id"])
    omitting = [full for name, full in known if name in here_now]
    judging = [full for name, full in known if name in here_now or full.point_id in retold]
    late = here["merged"] & (_late(here, waiting) | here["point_id"].isin(retold))
    first = here[here["taken"] | waiting | late].groupby("point_id")["sequence"].min()
    return Work(
        batch=batch.id,
        night=batch.night,
        pins=batch.pins,
        deliveries=_all_or_some(here, taken),
        totals=taken.assign(deletes=taken["kind"].eq("deletion"))[["point_id", "sequence", "deletes", "rows", "fen"]],
        reads=int(here.loc[here["taken"] | late, "rows"].sum()),
        again=Again(_by_batch(here[late]), retold, frozenset(full.point_id for full in omitting)),
        fulls=judging,
        preceded=[full for full in judging if first.get(full.point_id, full.sequence) < full.sequence],
        omitting=omitting,
        waiting_days=load_site(settings).waiting_days,
    )


def _all_or_some(here: pd.DataFrame, taken: pd.DataFrame) -> Mapping[str, Sequence[str] | None]:
    """Deliveries by batch; None where the batch staged no others, which spares the query a long list."""
    staged = {str(batch): len(names) for batch, names in here.groupby("batch")["id"]}
    return {batch: None if len(names) == staged[batch] else names for batch, names in _by_batch(taken).items()}


def _by_batch(rows: pd.DataFrame) -> Mapping[str, Sequence[str]]:
    return {str(batch): sorted(names) for batch, names in rows.groupby("batch")["id"]}


def _fulls(settings: Settings, rows: pd.DataFrame) -> list[tuple[str, Full]]:
    """The full deliveries of a table, with their ids."""
    found = records(settings, rows["id"][rows["kind"] == "full"])
    return [
        (record.id, Full(record.point, record.sequence, record.period.begin, record.period.end))
        for record in found
        if record.period is not None and record.sequence is not None
    ]


def _waiting(settings: Settings, table: str) -> set[str]:
    """Deliveries of which rows of a table wait for a parent."""
    accounts = ledger.accounts(settings, table=table).to_pylist()
    return {f"{row['point_id']}/{row['delivery']}" for row in accounts if row["waiting_rows"]}


def _late(here: pd.DataFrame, waiting: pd.Series) -> pd.Series:
    """Whether a delivery has a higher sequence than a fence that is weighed only now: its losers may win after all.

    A fence is weighed now when its delivery is, or when some of its rows waited for a parent until now."""
    fences = here[here["kind"].ne("increment") & (here["taken"] | waiting)]
    lowest = fences.groupby("point_id")["sequence"].min()
    return here["sequence"] > here["point_id"].map(lowest)


def _retold(here: pd.DataFrame, waiting: pd.Series) -> frozenset[str]:
    """Points whose story must be told again from its beginning: a full came after something of a higher sequence, or
    something of a lower sequence comes after a full. What a full leaves out depends on all that came before it."""
    fulls = here["kind"].eq("full")
    first = here[fulls & here["taken"]].groupby("point_id")["sequence"].min()
    last = here[fulls & here["merged"]].groupby("point_id")["sequence"].max()
    overtaken = here["merged"] & (here["sequence"] > here["point_id"].map(first))
    overdue = (here["taken"] | waiting) & (here["sequence"] < here["point_id"].map(last))
    return frozenset(here["point_id"][overtaken | overdue])
