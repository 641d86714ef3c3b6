"""The vocabulary in which tables are declared: columns, exchange tables, conformed tables, marts.

A declaration checks itself when it is imported; what spans several files is checked by `registry.check()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Type(StrEnum):
    """Kinds of value. The wire form is text; `SQL` gives the form behind the staging step."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    QUANTITY = "quantity"
    MONEY = "money"
    TIME = "time"
    DATE = "date"
    FLAG = "flag"
    TOKEN = "token"  # noqa: S105 (a kind of value, not one)


SQL: Mapping[Type, str] = {
    Type.TEXT: "string",
    Type.CODE: "string",
    Type.INTEGER: "int",
    Type.QUANTITY: "decimal(18,4)",
    Type.MONEY: "decimal(18,2)",
    Type.TIME: "timestamp_ntz",
    Type.DATE: "date",
    Type.FLAG: "boolean",
    Type.TOKEN: "binary",
}


class Identifier(StrEnum):
    """Kinds of direct identifier. Landing replaces each by a keyed token; equal kind and value give an equal token."""

    CERTIFICATE = "certificate"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    CARD = "card"


@dataclass(frozen=True)
class Column:
    """One column: its name, type, and meaning in English and Chinese.

    codes: name of the code list whose codes it holds.   pattern: regular expression that the whole text must match.
    minimum, maximum: closed bounds of a number, in `unit`.   identifier: landing stores a token named `<name>_token`.
    certificate_type: column that says which kind of certificate number this is (identifier CERTIFICATE only).
    level: classification of GB/T 39725, 1 public to 5 most restricted.   derive: Spark SQL over the typed columns of the
    same row, for columns that a conformed table adds.   operational: says how or when a row arrived; in no digest.
    may_be_future: a date or time that may lie after the business date, such as the end of a license.
    """

    name: str
    type: Type
    says: str
    says_zh: str
    required: bool = False
    codes: str | None = None
    pattern: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str | None = None
    identifier: Identifier | None = None
    certificate_type: str | None = None
    level: int = 3
    derive: str | None = None
    operational: bool = False
    may_be_future: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"column {self.name!r}: names are lower-case words joined by underscores")
        if not self.says or not self.says_zh:
            raise ValueError(f"column {self.name}: needs its meaning in English and in Chinese")
        if (self.type is Type.CODE) != (self.codes is not None):
            raise ValueError(f"column {self.name}: a code needs its code list, and only a code has one")
        if self.identifier and self.type is not Type.TEXT:
            raise ValueError(f"column {self.name}: an identifier is text on the wire")

    @property
    def sql(self) -> str:
        """Spark SQL type behind staging."""
        return SQL[self.type]

    @property
    def landed_name(self) -> str:
        """Name in the landed file: identifiers are there as tokens only."""
        return f"{self.name}_token" if self.identifier else self.name

    def landed(self) -> Column:
        """The column as it is behind landing: an identifier becomes its token, anything else stays."""
        if not self.identifier:
            return self
        return replace(
            self,
            name=self.landed_name,
            type=Type.TOKEN,
            says=f"Token of: {self.says}",
            says_zh=f"{self.says_zh}（令牌）",
            identifier=None,
            certificate_type=None,
            pattern=None,
        )


@dataclass(frozen=True)
class Parent:
    """Rows of `table` must be known before a row here counts; `columns` are here what the parent's key is there.

    A row whose columns are null refers to nothing and waits for nothing."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ExchangeTable:
    """What a point delivers: the one place that lists its columns.

    key: without the point, which is part of every key.   month_of: time that puts a row into a month; None: the table is
    small and has no months.   version: time stamp that orders versions of a row.   amount: money column that accounts add.
    file: name on the wire without ending, in the standard dialect.
    """

    name: str
    title: str
    title_zh: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    month_of: str | None = None
    version: str = "updated_at"
    amount: str | None = None
    parents: tuple[Parent, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        doubles = {name for name in names if names.count(name) > 1}
        if doubles:
            raise ValueError(f"table {self.name}: columns named twice: {sorted(doubles)}")
        pointed = [*self.key, self.version, *filter(None, (self.month_of, self.amount))]
        pointed += [name for parent in self.parents for name in parent.columns]
        unknown = set(pointed) - set(names)
        if unknown:
            raise ValueError(f"table {self.name}: no such columns: {sorted(unknown)}")
        for name in (*self.key, self.version, *filter(None, (self.month_of,))):
            if not self.column(name).required:
                raise ValueError(f"table {self.name}: {name} is part of key, version or month and must be required")

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def landed_columns(self) -> tuple[Column, ...]:
        """Columns as landing leaves them: text, with identifiers as tokens."""
        return tuple(column.landed() for column in self.columns)

    @property
    def deletion_columns(self) -> tuple[Column, ...]:
        """Columns of a deletion file: the key, when the deleted row happened, and the deletion's own version time."""
        event = () if self.month_of is None else (ORIGINAL_EVENT_ON,)
        return (*(self.column(name) for name in self.key), *event, self.column(self.version))


ORIGINAL_EVENT_ON = Column(
    "original_event_on", Type.DATE, "Date on which the row to delete happened.", "原业务发生日期", required=True
)
POINT_ID = Column(
    "point_id", Type.TEXT, "Front-end exchange point that delivered the row.", "前置交换点", required=True
)
MONTH = Column("month", Type.TEXT, "Month of the event, YYYY-MM.", "业务月份", required=True)
SEQUENCE = Column(
    "sequence", Type.INTEGER, "Sequence of the delivery that this version came with.", "批次序号", operational=True
)
FENCE = Column(
    "fence",
    Type.INTEGER,
    "Highest sequence of a correction, deletion or full that spoke of this key; 0 if none.",
    "更正栅栏序号",
    operational=True,
)
IS_DELETED = Column(
    "is_deleted", Type.FLAG, "The row is a tombstone: its key was deleted.", "是否已删除", operational=True
)


@dataclass(frozen=True)
class ConformedTable:
    """A table of one of the four databases, derived from an exchange table; key and order are the exchange table's.

    name: `<database>.<table>`.   columns: delivered ones as landed, then those it adds.   origins: name here to name on the
    wire, for the delivered ones."""

    name: str
    source: ExchangeTable
    columns: tuple[Column, ...]
    origins: Mapping[str, str]

    def __post_init__(self) -> None:
        personal = [column.name for column in self.columns if column.identifier]
        if personal:
            raise ValueError(f"table {self.name}: personal columns behind landing: {personal}")

    @property
    def key(self) -> tuple[str, ...]:
        """Point and the exchange table's key."""
        return ("point_id", *self.source.key)

    @property
    def has_months(self) -> bool:
        """Whether the table is partitioned by month."""
        return self.source.month_of is not None

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """All columns as stored: point, month where there is one, the contract's, then what the merge needs to know."""
        month = (MONTH,) if self.has_months else ()
        return (POINT_ID, *month, *self.columns, SEQUENCE, FENCE, IS_DELETED)

    @property
    def digest_columns(self) -> tuple[str, ...]:
        """Columns that a digest covers: what the row says, not how it arrived."""
        return tuple(column.name for column in (POINT_ID, *self.columns) if not column.operational)


def conformed(
    name: str,
    source: ExchangeTable,
    adds: Iterable[Column] = (),
    drops: Iterable[str] = (),
    renames: Mapping[str, str] | None = None,
) -> ConformedTable:
    """Derive a table of the four databases from what points deliver. `drops` and `renames` name landed columns.

    Raises ValueError for a drop or rename of a column that is not there, and for an added column without `derive`.
    """
    dropped, renamed = set(drops), dict(renames or {})
    landed = {column.name: column for column in source.landed_columns}
    missing = (dropped | set(renamed)) - set(landed)
    if missing:
        raise ValueError(f"table {name}: cannot drop or rename {sorted(missing)}: not in {source.name}")
    kept = [replace(column, name=renamed.get(name, name)) for name, column in landed.items() if name not in dropped]
    added = list(adds)
    if any(column.derive is None for column in added):
        raise ValueError(f"table {name}: an added column needs `derive`")
    wire = {column.landed_name: column.name for column in source.columns}
    origins = {renamed.get(name, name): wire[name] for name in landed if name not in dropped}
    return ConformedTable(name, source, (*kept, *added), origins)
