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
    do_zh: str
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
    "补报缺失的上级记录，并以新的批次序号重新报送该行。",
)
DELIVERY_REJECTED = Reason(
    -1,
    "delivery.rejected",
    "",
    "The delivery was held and then rejected.",
    "批次被暂缓后驳回",
    "Read the reason of the rejection, mend the extract and deliver it under a new sequence.",
    "查看驳回原因，修正抽取程序，并以新的批次序号重新报送。",
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
        Reason(fault.bit, f"landing.{fault.name}", fault.column, fault.says, fault.says_zh, fault.do, fault.do_zh)
        for fault in LANDING_FAULTS
        if not fault.column or fault.column in carried
    ]
    across = [
        Reason(0, check.code, check.column, check.says, check.says_zh, check.do, check.do_zh, check.holds)
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
    for asked in (_filled, _typed, _coded, _patterned, _within, _dated):
        for reason in asked(column, f"{column.says_zh}（{column.name}）"):
            yield replace(reason, code=f"{table}.{column.name}.{reason.code}")


def _filled(column: Column, title: str) -> Iterator[Reason]:
    name = column.name
    if column.required:
        said = (f"{name} is empty.", f"{title}为空", f"Fill {name}.", f"填写{title}。")
        yield Reason(0, "required", name, *said, f"raw_{name} is not null")


def _typed(column: Column, title: str) -> Iterator[Reason]:
    name = column.name
    if column.type in _SHAPES:
        shape, shape_zh = _SHAPES[column.type]
        yield Reason(
            0,
            "type",
            name,
            f"{name} is not {shape}.",
            f"{title}不是{shape_zh}",
            f"Write {name} as {shape}.",
            f"将{title}填写为{shape_zh}。",
            f"raw_{name} is null or {name} is not null",
        )


def _coded(column: Column, title: str) -> Iterator[Reason]:
    name, codes = column.name, column.codes
    if not codes or not column.required:
        return
    yield Reason(
        0,
        "unknown_code",
        name,
        f"{name} is no code of the list {codes}, and no crosswalk knows it.",
        f"{title}的代码不在值域 {codes} 内",
        f"Use a code of the list {codes}, or ask for a line in the crosswalk.",
        f"使用值域 {codes} 内的代码，或申请在代码对照表中增加一行。",
        f"raw_{name} is null or {name} is not null",
    )
    yield Reason(
        0,
        "code_not_valid",
        name,
        f"{name} is a code of {codes} that was not valid on that day.",
        f"{title}的代码在业务发生当日无效",
        "Use the code that was valid on the day of service.",
        "使用业务发生当日有效的代码。",
        f"event_on between {name}__from and {name}__to",
    )


def _patterned(column: Column, title: str) -> Iterator[Reason]:
    name = column.name
    if column.pattern:
        yield Reason(
            0,
            "pattern",
            name,
            f"{name} does not have the shape that its standard gives it.",
            f"{title}格式不符合标准",
            f"Write {name} as its standard says.",
            f"按相应标准的规定填写{title}。",
            f"regexp_like(raw_{name}, '^({column.pattern})$')".replace("\\", "\\\\"),
        )


def _within(column: Column, title: str) -> Iterator[Reason]:
    name = column.name
    low = "" if column.minimum is None else f"{name} >= {column.minimum}"
    high = "" if column.maximum is None else f"{name} <= {column.maximum}"
    if low or high:
        says, says_zh = _outside(column)
        said = (f"{name} {says}.", f"{title}{says_zh}", f"Correct {name}.", f"更正{title}。")
        yield Reason(0, "range", name, *said, " and ".join(filter(None, (low, high))))


def _dated(column: Column, title: str) -> Iterator[Reason]:
    name, is_open = column.name, column.may_be_future
    if column.type in (Type.TIME, Type.DATE):
        first = "timestamp_ntz'1900-01-01 00:00:00'" if column.type is Type.TIME else "date'1900-01-01'"
        bound = "" if is_open else f" and {name} < date_add(business_date, 2)"
        upper = "" if is_open else " or later than the day after the business date"
        upper_zh = "" if is_open else "或晚于业务日期次日"
        says, says_zh = f"{name} is before 1900{upper}.", f"{title}早于 1900 年{upper_zh}"
        yield Reason(0, "year", name, says, says_zh, f"Correct {name}.", f"更正{title}。", f"{name} >= {first}{bound}")


_SHAPES = {
    Type.INTEGER: ("a whole number", "整数"),
    Type.QUANTITY: ("a number", "数字"),
    Type.MONEY: ("a sum of money with at most two decimals", "金额（最多两位小数）"),
    Type.TIME: ("a time that exists", "有效时间"),
    Type.DATE: ("a date that exists", "有效日期"),
    Type.FLAG: ("1 or 0", " 1 或 0"),
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
