"""The steps of a batch up to the four databases: what it takes from the ledger, and what it posts there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pandas as pd
from pyspark.sql import SparkSession

from expectations.reasons import PARENT_MISSING, reasons_of
from jobs import ledger
from jobs.gate import run_gate
from jobs.ledger import Batch, Verdict
from jobs.merge import Merged, merge_table
from jobs.merge.plan import HEAD, levels, sources, work_of
from jobs.shelves import is_replay, original, records
from jobs.stage import Landed, show_crosswalk, stage
from jobs.unmapped import unmapped_codes
from lakehouse.console import Reporter
from lakehouse.files import read_json, write_json
from lakehouse.settings import Settings
from warehouse_models.registry import conformed_of, order

WRITERS = 3  # Commits wait for the disk and the log; three at a time keep two cores busy.
Result = TypeVar("Result")


def land_batch(settings: Settings, batch: Batch) -> None:
    """Post what landing counted. A delivery that landed again has its account already."""
    first = [record for record in records(settings, batch.deliveries) if not is_replay(settings, record)]
    landed = [record.model_dump(mode="json") for record in first]
    ledger.write_postings(settings, batch, "landing", ledger.landing_postings(landed))


def declared_rows(settings: Settings, batch: Batch) -> int:
    """How many rows the batch's deliveries declare: how large it is."""
    tables = (table for record in records(settings, batch.deliveries) for table in record.tables.values())
    return sum(table.declared.rows for table in tables)


def landed_of(settings: Settings, batch: Batch) -> list[Landed]:
    """The batch's deliveries that have rows to stage: neither refused nor repeated ones."""
    return [
        Landed(
            folder=settings.landing / record.id,
            name=record.id,
            original=original(settings, record),
            business_date=record.business_date,
            sequence=record.sequence,
            kind=str(record.kind),
            tables=tuple(record.tables),
        )
        for record in records(settings, batch.deliveries)
        if record.status == "landed" and record.business_date is not None and record.sequence is not None
    ]


def stage_batch(
    spark: SparkSession, settings: Settings, batch: Batch, report: Reporter, tables: Collection[str] | None = None
) -> None:
    """Stage every table that the batch brings, or the named ones; post counters, reasons, and what waits for the gate."""
    landed = landed_of(settings, batch)
    brought = {table: [delivery for delivery in landed if table in delivery.tables] for table in order()}
    show_crosswalk(spark)

    def one(table: str) -> None:
        report.doing(f"staging {table}")
        counts = stage(spark, settings, batch.id, table, brought[table]).assign(table=table)
        _post_stage(settings, batch, table, counts, brought[table])

    in_parallel(one, [table for table in order() if brought[table] and (tables is None or table in tables)])


def unstaged(settings: Settings, batch: Batch) -> list[str]:
    """Tables that the batch brings and that are not staged, or not to the end."""
    brought = {table for delivery in landed_of(settings, batch) for table in delivery.tables}
    last = settings.ledger / "unmapped"  # What a stage writes last.
    return [
        table for table in order() if table in brought and not (last / f"{batch.id}-stage-{table}.parquet").exists()
    ]


def _post_stage(settings: Settings, batch: Batch, table: str, counts: pd.DataFrame, landed: Sequence[Landed]) -> None:
    """Post a table's slice. Rows of a delivery that landed again leave the quarantine that their first landing put them in;
    the gate has judged that delivery before."""
    step = f"stage-{table}"
    again = counts["delivery"].isin({each.original for each in landed if each.is_replay})
    counts["delivery"] = counts["delivery"].map(lambda name: name.partition("/")[2]).astype(object)
    counts["fate"] = counts["bad"].eq(0).map({True: "waiting", False: "quarantined"})
    replayed = counts[again & counts["bad"].eq(0)]
    left = replayed.assign(fate="quarantined", rows=-replayed["rows"], fen=-replayed["fen"])
    parts = [counts[~again], replayed, left, _empty_fulls(table, counts, landed)]
    posted = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    ledger.write_postings(settings, batch, step, _grouped(posted, [*HEAD, "table", "fate"]).assign(unpriced=0))
    ledger.write_counters(settings, batch, step, _counters(counts[~again]))
    ledger.write_reasons(settings, batch, step, _reasons(counts[~again]))
    ledger.write_unmapped(settings, batch, step, unmapped_codes(_with_unmapped(counts, landed)))


def _empty_fulls(table: str, counts: pd.DataFrame, landed: Sequence[Landed]) -> pd.DataFrame:
    """Nothing, posted for fulls without a row of the table: they say that none stands."""
    known = set(counts["point_id"] + "/" + counts["delivery"])
    empty = [each for each in landed if each.kind == "full" and each.original not in known]
    rows = [
        (each.original.partition("/")[0], each.business_date, each.sequence, each.kind, each.original.partition("/")[2])
        for each in empty
    ]
    return pd.DataFrame(rows, columns=HEAD).assign(table=table, fate="waiting", rows=0, fen=0)


def _grouped(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return frame.groupby(by, as_index=False, dropna=False)[["rows", "fen"]].sum()


def _counters(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per delivery and table, as the gate reads them. Money and the latest event are those of sound rows: one
    wild amount is a reason to set its row aside, not to hold the delivery."""
    sound = counts["bad"].eq(0)
    priced = counts["table"].map(lambda table: conformed_of(table).source.amount is not None)
    counts = counts.assign(
        quarantined=counts["rows"].where(~sound, 0),
        fen=counts["fen"].where(sound, 0),
        unpriced=counts["unpriced"].where(priced & counts["kind"].ne("deletion"), 0),
        cells=counts["rows"] * counts["table"].map(lambda table: len(conformed_of(table).source.columns)),
        latest_event=pd.to_datetime(counts["latest_event"].where(sound)),  # A wild date fits no time stamp of pandas.
    )
    sums = ["rows", "quarantined", "unmapped", "coded", "nulls", "cells", "fen", "unpriced", "repaired"]
    grouped = counts.groupby([*HEAD, "table"], as_index=False, dropna=False)
    found = grouped[sums].sum().merge(grouped["latest_event"].max())
    found["latest_event"] = found["latest_event"].dt.date
    return found


def _reasons(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per delivery, table and reason; a row with two reasons counts under both."""
    rows = [
        {
            **{name: row[name] for name in ("point_id", "business_date", "sequence", "delivery", "table", "rows")},
            "reason": reason.code,
            "column": reason.column,
        }
        for row in counts[counts["bad"].ne(0)].to_dict("records")
        for reason in reasons_of(conformed_of(row["table"]).source, row["bad"], row["kind"] == "deletion")
    ]
    columns = ["point_id", "business_date", "sequence", "delivery", "table", "reason", "column", "rows"]
    found = pd.DataFrame(rows, columns=columns)
    return found.groupby(columns[:-1], as_index=False, dropna=False)[["rows"]].sum()


def _with_unmapped(counts: pd.DataFrame, landed: Sequence[Landed]) -> dict[str, list[Landed]]:
    """Data deliveries in which some code was in no list, by table."""
    hit = counts[counts["unmapped"].gt(0)]
    names = set(zip(hit["table"], hit["point_id"] + "/" + hit["delivery"], strict=True))
    tables = sorted({table for table, _ in names})
    return {
        table: [each for each in landed if (table, each.original) in names and not each.deletes] for table in tables
    }


def gate_batch(settings: Settings, batch: Batch) -> list[Verdict]:
    """Judge the batch's deliveries, and held ones again where an earlier business date came."""
    return run_gate(settings, batch)


def merge_batch(
    spark: SparkSession, settings: Settings, batch: Batch, report: Reporter, tables: Collection[str] | None = None
) -> None:
    """Merge what passed or was released, parents before children; record the months in which each table was touched."""
    verdicts = ledger.verdicts(settings, batch)
    replayed = {each.original for each in landed_of(settings, batch) if each.is_replay}
    taken = {verdict.id for verdict in verdicts if verdict.verdict != "hold"} | set(batch.released)
    where = sources(settings, batch, taken, replayed)

    def one(table: str) -> None:
        report.doing(f"merging {table}")
        merged = merge_table(spark, settings, table, work_of(settings, batch, table, where))
        if merged is not None:
            _post_merge(settings, batch, table, merged, where.heads)
            months = {"table": conformed_of(table).name, "months": list(merged.months)}
            write_json(settings.ledger / "touched" / f"{batch.id}-{table}.json", months)

    for level in levels():
        in_parallel(one, [table for table in level if tables is None or table in tables])


def touched_months(settings: Settings, batch: Batch) -> dict[str, list[str]]:
    """The tables that the batch's merge touched, with the months; of a table without months an empty list."""
    found = [read_json(file) for file in sorted((settings.ledger / "touched").glob(f"{batch.id}-*.json"))]
    return {record["table"]: record["months"] for record in found}


def _post_merge(settings: Settings, batch: Batch, table: str, merged: Merged, heads: pd.DataFrame) -> None:
    """Post movements between fates, under the delivery that each row came with."""
    expired = merged.expired.assign(before="waiting", after="quarantined")
    moved = pd.concat([merged.moved, expired[merged.moved.columns]], ignore_index=True)
    out = moved.assign(fate=moved["before"], rows=-moved["rows"], fen=-moved["fen"])
    named = pd.concat([out, moved.assign(fate=moved["after"])], ignore_index=True).merge(
        heads, on=["point_id", "sequence"]
    )
    postings = _grouped(named.assign(table=table), [*HEAD, "table", "fate"]).assign(unpriced=0)
    ledger.write_postings(settings, batch, f"merge-{table}", postings)
    late = merged.expired.merge(heads, on=["point_id", "sequence"]).assign(
        table=table, reason=PARENT_MISSING.code, column=None
    )
    ledger.write_reasons(settings, batch, f"merge-{table}", late)


def in_parallel(do: Callable[[str], Result], names: Sequence[str]) -> list[Result]:
    """Do something for each name, a few at a time; results in the order of the names, the first error raised."""
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(do, names))
