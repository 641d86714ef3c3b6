"""The one projection that types landed rows, joins their codes and judges them: Spark SQL made from the contracts.

It reads the relations `landed` (text rows of one table), `crosswalk` and `lookup` (`jobs/crosswalk.py`), and yields one
row per landed row; nothing is filtered. An exchange column `x` is there twice inside: `raw_x` as landed, `x` typed; a code
also as `c_x`, what the crosswalk says of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from expectations.reasons import Reason, row_reasons
from jobs.crosswalk import MEANING, short_lists
from warehouse_models.contract import MONTH, ORIGINAL_EVENT_ON, SQL, Column, ConformedTable, Type

META = ("delivery", "point_id", "business_date", "sequence", "kind", "row_number")
COUNTERS = ("unmapped", "coded", "repaired", "nulls")


def projection_sql(table: ConformedTable, deletions: bool = False, judged: bool = True) -> str:
    """SELECT that turns landed rows of a table into staged ones: meta columns, `bad` mask, counters, typed columns.

    deletions: the rows are of deletion deliveries, which carry keys only.   judged: False leaves the check list empty,
    for the benchmark that weighs the checks.
    """
    columns = table.source.deletion_columns if deletions else table.source.columns
    reasons = row_reasons(table.source, deletions) if judged else ()
    return "\n".join(
        (
            f"with looked_up as (\n  select {_list(_looked_up(columns))}\n  from landed l\n  {_joins(columns)}\n),",
            f"typed as (\n  select {_list(_typed(table, columns))}\n  from looked_up l\n),",
            f"checked as (\n  select *, {_mask(reasons)} as bad\n  from typed\n)",
            f"select {_list(_staged(table, columns, deletions))}\nfrom checked",
        )
    )


def staged_columns(table: ConformedTable) -> tuple[str, ...]:
    """Names of the projection's columns, in order."""
    month = (MONTH.name,) if table.has_months else ()
    contract = (column.name for column in table.columns)
    return (*META, "bad", "fen", *COUNTERS, ORIGINAL_EVENT_ON.name, *month, *contract)


def _typed(table: ConformedTable, columns: tuple[Column, ...]) -> Iterator[str]:
    yield from (f"l.{name}" for name in (*META, "faults"))
    carried = {column.name for column in columns}
    yield "l.fen" if table.source.amount in carried else "cast(null as bigint) as fen"
    yield f"coalesce({_event_on(table, carried)}, l.business_date) as event_on"
    for column in columns:
        name, code = column.name, f"l.c_{column.name}"
        yield f"l.{column.landed_name} as raw_{name}"
        yield f"{_value(column, table)} as {name}"
        if column.codes:
            yield f"coalesce({code}.valid_from, date'0001-01-01') as {name}__from"
            yield f"coalesce({code}.valid_to, date'9999-12-31') as {name}__to"
            yield f"coalesce({code}.misspelling, 0) as {name}__misspelling"


def _event_on(table: ConformedTable, carried: set[str]) -> str:
    """The day of the event, on which codes must be valid."""
    month_of = table.source.month_of
    if month_of is None:
        return "cast(null as date)"
    name = month_of if month_of in carried else ORIGINAL_EVENT_ON.name
    return f"try_cast(left(l.{name}, 10) as date)"


def _value(column: Column, table: ConformedTable) -> str:
    """The typed value of a landed cell, null where the text is not of the type."""
    cell = f"l.{column.landed_name}"
    if column.name == table.source.amount:  # Landing has read the money already, for the account.
        return "cast(try_cast(l.fen as decimal(15,0)) * cast(0.01 as decimal(3,2)) as decimal(18,2))"
    match column.type:
        case Type.CODE:
            return f"l.c_{column.name}.code"
        case Type.INTEGER:
            return f"try_cast(case when not contains({cell}, '.') then {cell} end as int)"
        case Type.TIME:
            shaped = f"length({cell}) = 19 and substr({cell}, 8, 1) = '-' and substr({cell}, 14, 1) = ':'"
            return f"try_cast(case when {shaped} then {cell} end as timestamp_ntz)"
        case Type.DATE:
            shaped = f"length({cell}) = 10 and substr({cell}, 8, 1) = '-'"
            return f"try_cast(case when {shaped} then {cell} end as date)"
        case Type.FLAG:
            return f"case {cell} when '1' then true when '0' then false end"
        case Type.QUANTITY | Type.MONEY:
            return f"try_cast({cell} as {SQL[column.type]})"
        case _:
            return cell


def _looked_up(columns: tuple[Column, ...]) -> Iterator[str]:
    """The landed row, and what the crosswalk says of each of its codes: null where it knows nothing."""
    yield "l.*"
    for column in columns:
        if column.codes in short_lists():
            yield f"k.{column.codes}[l.{column.name}] as c_{column.name}"
        elif column.codes:
            yield f"j_{column.name}.meaning as c_{column.name}"


def _joins(columns: tuple[Column, ...]) -> str:
    """Codes go through the crosswalk as tables: at most one row per dialect, and per dialect, list and written form."""
    meaning = f"struct({', '.join(MEANING)}) as meaning"
    long = [
        f"left join (select dialect, written, {meaning} from crosswalk where list = '{column.codes}') j_{column.name}"
        f" on l.dialect = j_{column.name}.dialect and l.{column.name} = j_{column.name}.written"
        for column in columns
        if column.codes and column.codes not in short_lists()
    ]
    return "\n  ".join(["left join lookup k on l.dialect = k.dialect", *long])


def _mask(reasons: Iterable[Reason]) -> str:
    """violates = NOT coalesce(holds, TRUE), one bit each; no two have the same, so that adding them sets them."""
    bits = (f"if(coalesce({reason.holds}, true), 0L, -{reason.mask}L)" for reason in reasons if reason.holds)
    return _less("cast(faults as bigint)", bits)


def _staged(table: ConformedTable, columns: tuple[Column, ...], deletions: bool) -> Iterator[str]:
    yield from (*META, "bad", "fen")
    codes = [column.name for column in columns if column.codes]
    yield f"{_count(f'raw_{name} is not null and {name} is null' for name in codes)} as unmapped"
    yield f"{_count(f'raw_{name} is not null' for name in codes)} as coded"
    yield f"{_count(f'{name}__misspelling = 1' for name in codes)} as repaired"
    yield f"{_count(f'raw_{column.name} is null' for column in columns)} as nulls"
    carried = {column.name for column in columns}
    yield _or_null(ORIGINAL_EVENT_ON.name, ORIGINAL_EVENT_ON, carried)
    if table.has_months:
        event = table.source.month_of if table.source.month_of in carried else ORIGINAL_EVENT_ON.name
        yield f"case when {event} is not null then left(raw_{event}, 7) end as {MONTH.name}"
    for column in table.columns:
        wire = table.origins.get(column.name)
        derived = wire is None and not deletions
        yield f"{column.derive} as {column.name}" if derived else _or_null(wire, column, carried)


def _or_null(wire: str | None, column: Column, carried: set[str]) -> str:
    """A delivered column under its name behind landing; null in files that do not carry it."""
    return f"{wire if wire in carried else f'cast(null as {column.sql})'} as {column.name}"


def _count(conditions: Iterable[str]) -> str:
    """SQL: how many of the conditions hold."""
    return _less("0", (f"if({condition}, -1, 0)" for condition in conditions))


def _less(first: str, negatives: Iterable[str]) -> str:
    """SQL of a long sum, written as differences: Spark's planner sorts the operands of `+` and `|` again and again, which
    takes seconds for fifty of them; those of `-` it leaves alone."""
    return " - ".join([first, *negatives])


def _list(terms: Iterator[str]) -> str:
    return ",\n    ".join(terms)
