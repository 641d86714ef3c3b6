"""Write what was decided: one commit a table, an append where nothing stands yet, else a MERGE pruned to months."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession

from jobs.merge.candidates import OMITTED
from warehouse_models.contract import ConformedTable


def winners(
    spark: SparkSession, table: ConformedTable, incoming: DataFrame, skip: Sequence[DataFrame], contested: DataFrame | None, decided: DataFrame | None
) -> DataFrame:
    """Rows to write: uncontested ones, then contested ones that win. `skip` holds the contested keys and the orphans."""
    clean = f"select {_row(table, 'i', 'if(i.kind = ' + _DELETION + ', i.sequence, if(i.kind = ' + _INCREMENT + ', 0, i.sequence))')} from {{incoming}} i"
    frames = {"incoming": incoming}
    for place, frame in enumerate(skip):
        on = " and ".join(f"s{place}.{name} = i.{name}" for name in frame.columns)
        clean += f" left anti join {{skip{place}}} s{place} on {on}"
        frames[f"skip{place}"] = frame
    if contested is None or decided is None:
        return spark.sql(clean, **frames)
    won = (
        f"select {_row(table, 'c', 'd.key_fence')} from {{contested}} c join {{decided}} d"
        " on d.delivery = c.delivery and d.row_number = c.row_number and d.wins"
    )
    gone = f"select {_tombstone(table, 'd')} from {{decided}} d where d.wins and d.state = 'omitted'"
    return spark.sql(f"{clean} union all {won} union all {gone}", **frames, contested=contested, decided=decided)


_DELETION, _INCREMENT = "'deletion'", "'increment'"


def _row(table: ConformedTable, alias: str, fence: str) -> str:
    """SQL list of a stored row made from a staged one."""
    month = (f"{alias}.month",) if table.has_months else ()
    columns = (f"{alias}.{column.name}" for column in table.columns)
    order = (f"{alias}.sequence", f"{fence} as fence", f"{alias}.kind = 'deletion' as is_deleted")
    return ", ".join((f"{alias}.point_id", *month, *columns, *order))


def _tombstone(table: ConformedTable, alias: str) -> str:
    """SQL list of the tombstone of a key that a full left out."""
    known = {*table.key, "month"}
    month = (f"{alias}.month",) if table.has_months else ()
    cells = [f"{alias}.{c.name}" if c.name in known else f"{OMITTED}" if c.name == table.source.version else f"cast(null as {c.sql})" for c in table.columns]
    return ", ".join((f"{alias}.point_id", *month, *cells, f"{alias}.sequence", f"{alias}.key_fence as fence", "true as is_deleted"))


def append(spark: SparkSession, path: Path, rows: DataFrame) -> None:
    """Add rows whose keys the table does not hold."""
    rows.write.format("delta").mode("append").save(str(path))


def merge(spark: SparkSession, table: ConformedTable, path: Path, rows: DataFrame, decided: DataFrame, months: Sequence[str]) -> None:
    """Write winners, take moved rows out of their old months, raise fences of rows that stay: one MERGE.

    Without the months as literals a MERGE would read and rewrite the whole table.
    """
    on = " and ".join(f"t.{name} = s.{name}" for name in table.key)
    if table.has_months:
        listed = ", ".join(f"'{month}'" for month in months)
        on = f"t.month in ({listed}) and t.month = s.month and {on}"
    names = [column.name for column in table.stored_columns]
    cells = ", ".join(f"{name} = s.{name}" for name in names)
    spark.sql(
        f"""
        merge into delta.`{path}` t using {{changes}} s on {on}
        when matched and s.action = 'remove' then delete
        when matched and s.action = 'fence' then update set fence = s.fence
        when matched then update set {cells}
        when not matched and s.action = 'put' then insert ({', '.join(names)}) values ({', '.join(f's.{n}' for n in names)})
        """,
        changes=_changes(spark, table, rows, decided),
    )


def _changes(spark: SparkSession, table: ConformedTable, rows: DataFrame, decided: DataFrame) -> DataFrame:
    keyed = {*table.key, *(("month",) if table.has_months else ())}
    empty = [f"d.{c.name}" if c.name in keyed else f"cast(null as {c.sql}) as {c.name}" for c in table.stored_columns]
    fences = ", ".join("d.key_fence as fence" if cell.endswith(" as fence") else cell for cell in empty)
    parts = ["select *, 'put' as action from {rows}"]
    parts.append(f"select {fences}, 'fence' as action from {{decided}} d where d.is_stored and d.wins and d.key_fence > d.own_fence")
    if table.has_months:
        # A row that moved to another month leaves its old one; the winner of the key says where it is now.
        removed = ", ".join(empty)
        moved = "select {keys}, max(month) as month from {{decided}} where wins group by all".format(keys=", ".join(table.key))
        same = " and ".join(f"w.{name} = d.{name}" for name in table.key)
        parts.append(
            f"select {removed}, 'remove' as action from {{decided}} d join ({moved}) w on {same}"
            " where d.is_stored and not d.wins and w.month <> d.month"
        )
    return spark.sql(" union all ".join(parts), rows=rows, decided=decided)
