"""The vocabulary in which marts are declared: what people look at, and the figures that they see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from warehouse_models.contract import Column


class Form(StrEnum):
    """How people read a figure: 1,234 · 1,234.00 yuan · 12.3 % · 1.23 · 2026-06-30."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    QUANTITY = "quantity"
    DAY = "day"


@dataclass(frozen=True)
class Metric:
    """A figure of any group of a mart's rows, however they are grouped.

    sql: aggregate over columns of the mart, in SQL that DuckDB and Trino share.   definition: formula and source, for
    people, in English and Chinese.   is_comparable: institutions of any size may be compared by it."""

    name: str
    says: str
    says_zh: str
    sql: str
    form: Form
    unit: str | None = None
    definition: str = ""
    definition_zh: str = ""
    is_comparable: bool = False


@dataclass(frozen=True)
class MartTable:
    """A table that people look at, built by the SQL file of the same name beside its contract.

    name: `<subject>.<table>`.   inputs: names that the SQL may read: conformed tables, or `ledger.account`.
    key: the grain's columns.   month: column whose months are rebuilt when an input's month is touched.
    metrics: figures that may be shown of any group of rows; a figure of one row, such as a share, cannot be added up.
    """

    name: str
    title: str
    title_zh: str
    grain: str
    key: tuple[str, ...]
    inputs: tuple[str, ...]
    columns: tuple[Column, ...]
    month: str = "month"
    metrics: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        unknown = {*self.key, self.month} - names
        if unknown:
            raise ValueError(f"mart {self.name}: no such columns: {sorted(unknown)}")
        if len({metric.name for metric in self.metrics}) < len(self.metrics):
            raise ValueError(f"mart {self.name}: two metrics have one name")

    @property
    def digest_columns(self) -> tuple[str, ...]:
        """Columns that a digest covers."""
        return tuple(column.name for column in self.columns if not column.operational)
