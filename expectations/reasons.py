"""Every reason for which a row can be set aside, per exchange table: bit, code, sentence, and what the hospital does.

The reasons of a table fill one 64-bit mask: landing's faults first, then what the contract asks of each column, then
checks across columns. A row's mask is 0 exactly when the row is sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from expectations.checks import CHECKS
from expectations.landing import LANDING_FAULTS
from warehouse_models.contract import Column, ExchangeTable, Type

FIRST_FREE_BIT = 8
BITS = 63


@dataclass(frozen=True)
class Reason:
    """Why a row is set aside. holds: Spark SQL over the projection's typed columns, true or null when the row is sound;
    empty for what landing found. On a reason of arrival (`bit` -1) no column of the row is wrong."""

    bit: int
    code: str
    column: str
    says: str
    says_zh: str
    do: str
    holds: str = ""

    @property
    def mask(self) -> int:
        """The reason as a number to test a row's mask against."""
        return 1 << self.bit


PARENT_MISSING = Reason(
    -1,
    "parent.missing",
    "",
    "The row that this one belongs to never came within the days of waiting.",
    "等待期内未收到上级记录",
    "Deliver the missing row, and this one again under a new sequence.",
)
DELIVERY_REJECTED = Reason(
    -1,
    "delivery.rejected",
    "",
    "The delivery was held and then rejected.",
    "批次被暂缓后驳回",
    "Read the reason of the rejection, mend the extract and deliver it under a new sequence.",
)
ARRIVAL = (PARENT_MISSING, DELIVERY_REJECTED)


@cache
def row_reasons(table: ExchangeTable, deletions: bool = False) -> tuple[Reason, ...]:
    """The reasons that one row of a data file, or of a deletion's file, can give by itself, with their bits.

    Raises ValueError when they do not fit 63 bits.
    """
    columns = table.deletion_columns if deletions else table.columns
    carried = {column.name for column in columns}
    landing = [
        Reason(fault.bit, f"landing.{fault.name}", fault.column, fault.says, fault.says_zh, fault.do)
        for fault in LANDING_FAULTS
        if not fault.column or fault.column in carried
    ]
    across = [
        Reason(0, check.code, check.column, check.says, check.says_zh, check.do, check.holds)
        for check in CHECKS
        if check.table == table.name and not deletions
    ]
    projected = [*(reason for column in columns for reason in _of_column(table.name, column)), *across]
    if FIRST_FREE_BIT + len(projected) > BITS:
        raise ValueError(f"table {table.name}: {len(projected)} checks do not fit one mask; split the table")
    numbered = [replace(reason, bit=FIRST_FREE_BIT + place) for place, reason in enumerate(projected)]
    return (*landing, *numbered)


def reasons(table: ExchangeTable) -> tuple[Reason, ...]:
    """All reasons for which a row of the table can be set aside, each once."""
    every = (*row_reasons(table), *row_reasons(table, deletions=True), *ARRIVAL)
    return tuple({reason.code: reason for reason in reversed(every)}.values())[::-1]


def reasons_of(table: ExchangeTable, bad: int, deletions: bool = False) -> tuple[Reason, ...]:
    """The reasons in a row's mask."""
    return tuple(reason for reason in row_reasons(table, deletions) if bad & reason.mask)


def _of_column(table: str, column: Column) -> Iterator[Reason]:
    """What the contract asks of a column. `raw_x` is the text as landed, `x` the typed value."""
    name, raw = column.name, f"raw_{column.name}"

    def reason(kind: str, holds: str, says: str, says_zh: str, do: str) -> Reason:
        return Reason(0, f"{table}.{name}.{kind}", name, says, says_zh, do, holds)

    title = f"{column.says_zh}（{name}）"
    if column.required:
        yield reason("required", f"{raw} is not null", f"{name} is empty.", f"{title}为空", f"Fill {name}.")
    if column.type in _SHAPES:
        shape, shape_zh = _SHAPES[column.type]
        yield reason(
            "type",
            f"{raw} is null or {name} is not null",
            f"{name} is not {shape}.",
            f"{title}不是{shape_zh}",
            f"Write {name} as {shape}.",
        )
    if column.codes and column.required:
        known = f"{raw} is null or {name} is not null"
        yield reason(
            "unknown_code",
            known,
            f"{name} is no code of the list {column.codes}, and no crosswalk knows it.",
            f"{title}的代码不在值域 {column.codes} 内",
            f"Use a code of the list {column.codes}, or ask for a line in the crosswalk.",
        )
        yield reason(
            "code_not_valid",
            f"event_on between {name}__from and {name}__to",
            f"{name} is a code of {column.codes} that was not valid on that day.",
            f"{title}的代码在业务日期无效",
            "Use the code that was valid on the day of service.",
        )
    if column.pattern:
        yield reason(
            "pattern",
            f"regexp_like({raw}, '^({column.pattern})$')".replace("\\", "\\\\"),
            f"{name} does not have the shape that its standard gives it.",
            f"{title}格式不符合标准",
            f"Write {name} as its standard says.",
        )
    if column.minimum is not None or column.maximum is not None:
        low = "" if column.minimum is None else f"{name} >= {column.minimum}"
        high = "" if column.maximum is None else f"{name} <= {column.maximum}"
        says, says_zh = _outside(column)
        yield reason(
            "range",
            " and ".join(filter(None, (low, high))),
            f"{name} {says}.",
            f"{title}{says_zh}",
            f"Correct {name}.",
        )
    if column.type in (Type.TIME, Type.DATE):
        first = "timestamp_ntz'1900-01-01 00:00:00'" if column.type is Type.TIME else "date'1900-01-01'"
        bound = "" if column.may_be_future else f" and {name} < date_add(business_date, 2)"
        upper = "" if column.may_be_future else " or later than the day after the business date"
        upper_zh = "" if column.may_be_future else "或晚于业务日期次日"
        yield reason(
            "year",
            f"{name} >= {first}{bound}",
            f"{name} is before 1900{upper}.",
            f"{title}早于 1900 年{upper_zh}",
            f"Correct {name}.",
        )


_SHAPES = {
    Type.INTEGER: ("a whole number", "整数"),
    Type.QUANTITY: ("a number", "数字"),
    Type.MONEY: ("a sum of money with at most two decimals", "金额（最多两位小数）"),
    Type.TIME: ("a time that exists", "有效时间"),
    Type.DATE: ("a date that exists", "有效日期"),
    Type.FLAG: ("1 or 0", "1 或 0"),
}


def _outside(column: Column) -> tuple[str, str]:
    """How people say that a number lies outside its bounds, of which there may be one or two."""
    low, high = column.minimum, column.maximum
    unit = f" {column.unit}" if column.unit else ""
    if high is None:
        return f"is below {low}{unit}", f"低于 {low}"
    if low is None:
        return f"is above {high}{unit}", f"高于 {high}"
    return f"lies outside {low} to {high}{unit}", f"超出 {low} 至 {high} 的范围"
