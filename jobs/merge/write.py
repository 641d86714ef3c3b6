"""Write what was decided: one commit a table, an append where nothing of it stands yet, else a MERGE pruned to months."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobs.merge.candidates import OMITTED
from warehouse_models.contract import Column, ConformedTable


def winners_sql(table: ConformedTable, has_contested: bool, has_lost: bool, has_omitted: bool, is_few: bool) -> str:
    """SELECT of rows to write: in one pass over `incoming` those that nothing contests and whose parent is known, and contested
    ones that win; then tombstones of what fulls leave out.

    is_few: there are so few contested rows and rows without a parent that every task can have them all, which spares a
    shuffle of all rows in full width.
    """
    fence, joins, unopposed = "if(i.kind = 'increment', 0, i.sequence)", {}, []
    if has_contested:
        joins["s"] = "{suspects} s on s.key_hash = i.key_hash"
        joins["d"] = f"{{decided}} d on d.wins and d.key_hash = i.key_hash and {_same('d')}"
        unopposed.append("s.key_hash is null")
        fence = f"coalesce(d.key_fence, {fence})"
    if has_lost:
        joins["o"] = f"{{lost}} o on {_same('o')}"
        unopposed.append("o.row_number is null")
    hint = f"/*+ broadcast({', '.join(joins)}) */ " if is_few and joins else ""
    sql = f"select {hint}{_row(table, fence)} from incoming i"
    sql += "".join(f" left join {join}" for join in joins.values())
    if unopposed:
        sql += f" where ({' and '.join(unopposed)})" + (" or d.wins" if has_contested else "")
    if has_omitted:
        sql += f" union all select {_tombstone(table)} from {{decided}} d where d.wins and d.state = 'omitted'"
    return sql


def _same(alias: str) -> str:
    """SQL: whether a row is about the incoming one."""
    return f"{alias}.delivery = i.delivery and {alias}.row_number = i.row_number"


def _row(table: ConformedTable, fence: str) -> str:
    """SQL list of a stored row made from a staged one."""
    cells = [f"i.{column.name}" for column in table.stored_columns[:-2]]
    return ", ".join((*cells, f"{fence} as fence", "i.kind = 'deletion' as is_deleted"))


def _tombstone(table: ConformedTable) -> str:
    """SQL list of the tombstone of a key that a full left out."""
    known = {*_place(table), "sequence"}
    version = table.source.version
    cells = [OMITTED if c.name == version else _known(c, known) for c in table.stored_columns[:-2]]
    return ", ".join((*cells, "d.key_fence as fence", "true as is_deleted"))


def merge_sql(table: ConformedTable, path: Path, months: Sequence[str]) -> str:
    """One MERGE of `changes`: write winners, take moved rows out of their old months, mend fences of rows that stay.

    Without the months as literals a MERGE would read and rewrite the whole table.
    """
    on = " and ".join(f"t.{name} = s.{name}" for name in table.key)
    if table.has_months:
        on = f"t.month in ({', '.join(repr(month) for month in months)}) and t.month = s.month and {on}"
    names = [column.name for column in table.stored_columns]
    return f"""
        merge into delta.`{path}` t using {{changes}} s on {on}
        when matched and s.action = 'remove' then delete
        when matched and s.action = 'fence' then update set fence = s.fence
        when matched then update set {", ".join(f"{name} = s.{name}" for name in names)}
        when not matched and s.action = 'put' then
            insert ({", ".join(names)}) values ({", ".join(f"s.{name}" for name in names)})
    """


def changes_sql(table: ConformedTable, winners: str) -> str:
    """SELECT of everything a MERGE has to do, with the action."""
    known = set(_place(table))
    bare = [_known(column, known) for column in table.stored_columns]
    raised = [
        "d.key_fence as fence" if column.name == "fence" else _known(column, known) for column in table.stored_columns
    ]
    stays = "d.is_stored and d.wins and d.key_fence <> d.stored_fence"
    parts = [f"select *, 'put' as action from ({winners})"]
    parts.append(f"select {', '.join(raised)}, 'fence' as action from {{decided}} d where {stays}")
    if table.has_months:  # A row that moved leaves its old month; the winner of the key says where it is now.
        won = f"select {', '.join(table.key)}, max(month) as month from {{decided}} where wins group by all"
        same = " and ".join(f"w.{name} = d.{name}" for name in table.key)
        left = "d.is_stored and not d.wins and w.month <> d.month"
        parts.append(
            f"select {', '.join(bare)}, 'remove' as action from {{decided}} d join ({won}) w on {same} where {left}"
        )
    return " union all ".join(parts)


def _place(table: ConformedTable) -> tuple[str, ...]:
    """Columns that say which row is meant."""
    return (*table.key, *(("month",) if table.has_months else ()))


def _known(column: Column, known: set[str]) -> str:
    return f"d.{column.name}" if column.name in known else f"cast(null as {column.sql}) as {column.name}"
