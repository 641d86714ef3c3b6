"""Stage: type the landed rows of a batch and judge them, in one pass and one commit a table."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from jobs import scan
from jobs.crosswalk import crosswalk_table, lookup_table
from jobs.gather import gathered
from jobs.lake import staged_path
from jobs.projection import projection_sql, staged_columns
from lakehouse.settings import Settings
from warehouse_models.contract import ConformedTable
from warehouse_models.registry import conformed_of

META = "delivery string, point_id string, business_date date, sequence int, kind string, dialect string"
GROUP = ["delivery", "point_id", "business_date", "sequence", "kind", "bad"]


@dataclass(frozen=True)
class Landed:
    """What landing left of one delivery, as far as staging needs it.

    folder: the landing folder.   name: `<point>/<folder>`.   original: the name under which it landed first, another one
    when it was landed again for a replay.   business_date, sequence, kind: as in its manifest.   tables: exchange tables of
    which it has a file."""

    folder: Path
    name: str
    original: str
    business_date: date
    sequence: int
    kind: str
    tables: tuple[str, ...]

    @property
    def is_replay(self) -> bool:
        """Whether the sealed original was opened and landed again."""
        return self.name != self.original

    @property
    def deletes(self) -> bool:
        """Whether its rows carry keys only."""
        return self.kind == "deletion"


def stage(spark: SparkSession, settings: Settings, batch: str, table: str, landed: Sequence[Landed]) -> pd.DataFrame:
    """Write the batch's slice of a staged table and return its counts: one row per delivery and mask.

    Needs the views of `show_crosswalk`. The slice is replaced as a whole, so a second run leaves the same table. Of a delivery that
    was landed again, only rows are staged that no earlier landing of it got past the checks.
    """
    model = conformed_of(table)
    path = staged_path(settings, model)
    kinds = sorted({each.deletes for each in landed})
    rows = " union all ".join(f"select * from ({_projected(model, kind)})" for kind in kinds)
    if replays := {each.name: each.original for each in landed if each.is_replay}:
        rows = _not_yet_sound(model, path, rows, batch, replays)
    columns = ", ".join(staged_columns(model))
    with tempfile.TemporaryDirectory(dir=settings.run, prefix=f"gathered-{table}-") as folder:
        relations: dict[str, Any] = {
            f"landed_{kind}": _landed(spark, model, landed, kind, Path(folder)) for kind in kinds
        }
        staged = spark.sql(f"select '{batch}' as batch, bad = 0 as accepted, {columns} from ({rows})", **relations)
        writer = staged.write.format("delta").mode("overwrite").partitionBy("batch", "accepted")
        writer.option("replaceWhere", f"batch = '{batch}'").save(str(path))
    return count(spark, settings, model, batch)


def _landed(
    spark: SparkSession, model: ConformedTable, landed: Sequence[Landed], deletions: bool, folder: Path
) -> DataFrame:
    """The landed rows of data deliveries, or of deletions."""
    files = [each.folder / f"{model.source.name}.parquet" for each in landed if each.deletes is deletions]
    read = gathered(files, folder / f"{deletions}.parquet")
    return spark.read.schema(landed_schema(model, deletions)).parquet(*map(str, read))


def _projected(model: ConformedTable, deletions: bool) -> str:
    """The projection with its relation as a parameter of `spark.sql`; other braces in it belong to patterns."""
    escaped = projection_sql(model, deletions).replace("{", "{{").replace("}", "}}")
    return escaped.replace("from landed l", f"from {{landed_{deletions}}} l")


def _not_yet_sound(model: ConformedTable, path: Path, rows: str, batch: str, replays: Mapping[str, str]) -> str:
    """Rows of deliveries landed for the first time, and of the others what was set aside and has not got past since.

    A row that lands again bears the name of the delivery's first landing."""
    columns = ", ".join(f"p.{name}" for name in staged_columns(model) if name != "delivery")
    renamed = " ".join(f"when '{name}' then '{known}'" for name, known in replays.items())
    first = f"case p.delivery {renamed} else p.delivery end"
    before = f"q.batch <> '{batch}' and q.delivery = {first} and q.row_number = p.row_number"
    aside = f"exists (select 1 from delta.`{path}` q where not q.accepted and {before})"
    since = f"exists (select 1 from delta.`{path}` q where q.accepted and {before})"
    return (
        f"select {first} as delivery, {columns} from ({rows}) p where p.delivery = {first} or ({aside} and not {since})"
    )


def landed_schema(model: ConformedTable, deletions: bool) -> str:
    """Schema of a landed file: text and tokens, what delivery it is of, and what landing found in each row."""
    columns = model.source.deletion_columns if deletions else model.source.columns
    cells = [f"{column.landed_name} {'binary' if column.identifier else 'string'}" for column in columns]
    return ", ".join([META, "row_number bigint", "faults bigint", "fen bigint", *cells])


def show_crosswalk(spark: SparkSession) -> None:
    """Make the views `crosswalk` and `lookup`: what each dialect may write for each code."""
    spark.createDataFrame(crosswalk_table()).createOrReplaceTempView("crosswalk")
    spark.createDataFrame(lookup_table()).createOrReplaceTempView("lookup")


def count(spark: SparkSession, settings: Settings, model: ConformedTable, batch: str) -> pd.DataFrame:
    """Rows, money and counters of a batch's slice, per delivery and mask: a small frame without any cell's value."""
    event = model.source.month_of or "business_date"
    latest = f"max(cast(coalesce({event}, original_event_on) as date))" if model.has_months else "max(business_date)"
    counts = spark.sql(
        f"""
        select {", ".join(GROUP)}, count(*) as rows, coalesce(sum(fen), 0) as fen,
               count_if(fen is null) as unpriced, sum(unmapped) as unmapped, sum(coded) as coded,
               sum(repaired) as repaired, sum(nulls) as nulls, {latest} as latest_event
        from {{staged}} group by all
        """,
        staged=scan.rows(spark, staged_path(settings, model), batch=[batch]),
    ).toPandas()
    counts.attrs.clear()  # The client hangs the plan's metrics there, which no file can hold.
    return counts
