"""Stage: type the landed rows of a batch and judge them, in one pass and one commit a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession

from expectations.reasons import reasons_of
from jobs import ledger
from jobs.lake import staged_path
from jobs.projection import projection_sql, staged_columns
from lakehouse.settings import Settings
from warehouse_models import codes, dialect
from warehouse_models.contract import ConformedTable, ORIGINAL_EVENT_ON
from warehouse_models.registry import conformed_of

META = "delivery string, point_id string, business_date date, sequence int, kind string, dialect string"
GROUP = ["delivery", "point_id", "business_date", "sequence", "kind", "bad"]
CROSSWALK = "dialect string, list string, written string, code string, valid_from date, valid_to date, misspelling int"


@dataclass(frozen=True)
class Landed:
    """What landing left of one delivery, as far as staging needs it.

    folder: the landing folder.   name: `<point>/<folder>`.   tables: exchange tables that have rows there."""

    folder: Path
    name: str
    kind: str
    tables: tuple[str, ...]

    @property
    def deletes(self) -> bool:
        """Whether its rows carry keys only."""
        return self.kind == "deletion"


def stage(spark: SparkSession, settings: Settings, batch: str, table: str, landed: Sequence[Landed]) -> pd.DataFrame:
    """Write the batch's slice of a staged table and return its counts: one row per delivery and mask.

    The slice is replaced as a whole, so a second run leaves the same table.
    """
    model = conformed_of(table)
    rows = [
        _projected(spark, model, [delivery.folder / f"{table}.parquet" for delivery in landed if delivery.deletes is kind], kind)
        for kind in (False, True)
        if any(delivery.deletes is kind for delivery in landed)
    ]
    staged = rows[0] if len(rows) == 1 else rows[0].union(rows[1])
    columns = ", ".join(staged_columns(model))
    sliced = spark.sql(f"select '{batch}' as batch, bad = 0 as accepted, {columns} from {{staged}}", staged=staged)
    writer = sliced.write.format("delta").mode("overwrite").partitionBy("batch", "accepted")
    writer.option("replaceWhere", f"batch = '{batch}'").save(str(staged_path(settings, model)))
    return count(spark, settings, model, batch)


def _projected(spark: SparkSession, model: ConformedTable, files: list[Path], deletions: bool) -> DataFrame:
    landed = spark.read.schema(landed_schema(model, deletions)).parquet(*map(str, files))
    return spark.sql(_named(projection_sql(model, deletions)), landed=landed, crosswalk=crosswalk(spark))


def _named(sql: str) -> str:
    """The projection's relations as parameters of `spark.sql`."""
    return sql.replace("from landed l", "from {landed} l").replace("from crosswalk", "from {crosswalk}")


def landed_schema(model: ConformedTable, deletions: bool) -> str:
    """Schema of a landed file: text and tokens, what delivery it is of, and what landing found in each row."""
    columns = model.source.deletion_columns if deletions else model.source.columns
    cells = [f"{column.landed_name} {'binary' if column.identifier else 'string'}" for column in columns]
    return ", ".join([META, "row_number bigint", "faults bigint", "fen bigint", *cells])


def crosswalk(spark: SparkSession) -> DataFrame:
    """What each dialect may write for each code, known misspellings included."""
    return spark.createDataFrame(crosswalk_table(), schema=CROSSWALK)


def crosswalk_table() -> pa.Table:
    """The crosswalk as Arrow: one row per dialect, list and written form."""
    rows = [row for name in dialect.names() for row in _crossings(name)]
    return pa.Table.from_pylist(rows)


def _crossings(name: str) -> Iterable[dict[str, Any]]:
    """A dialect's written forms: its own codes where it has them, else the list's; then misspellings of either."""
    own = dialect.load(name).codes
    for listed in codes.names():
        standard = {code.code: code for code in codes.load(listed).rows}
        identity = [codes.Crossing(code.code, code.code, code.valid_from, code.valid_to) for code in standard.values()]
        written = {crossing.written: crossing for crossing in (codes.crosswalk(name, listed) if listed in own else identity)}
        for text, crossing in written.items():
            yield _crossing(name, listed, text, standard[crossing.code], crossing)
        for wrong in codes.misspellings():
            if wrong.list == listed and wrong.written not in written:
                yield _crossing(name, listed, wrong.written, standard[wrong.meant], None)


def _crossing(name: str, listed: str, text: str, code: codes.Code, crossing: codes.Crossing | None) -> dict[str, Any]:
    """One line of the crosswalk, valid while both the code and the vendor's use of it are; without the latter a
    misspelling."""
    begins = [code.valid_from, crossing.valid_from] if crossing else [code.valid_from]
    ends = [day for day in (code.valid_to, crossing.valid_to if crossing else None) if day]
    return {
        "dialect": name,
        "list": listed,
        "written": text,
        "code": code.code,
        "valid_from": max(begins),
        "valid_to": min(ends, default=None),
        "misspelling": int(crossing is None),
    }


def count(spark: SparkSession, settings: Settings, model: ConformedTable, batch: str) -> pd.DataFrame:
    """Rows, money and counters of a batch's slice, per delivery and mask: a small frame without any cell's value."""
    event = model.source.month_of or "business_date"
    latest = f"max(cast(coalesce({event}, original_event_on) as date))" if model.has_months else "max(business_date)"
    return spark.sql(
        f"""
        select {', '.join(GROUP)}, count(*) as rows, coalesce(sum(fen), 0) as fen,
               count_if(fen is null) as unpriced, sum(unmapped) as unmapped, sum(coded) as coded,
               sum(repaired) as repaired, sum(nulls) as nulls, {latest} as latest_event
        from {{staged}} where batch = '{batch}' group by all
        """,
        staged=spark.read.format("delta").load(str(staged_path(settings, model))),
    ).toPandas()
