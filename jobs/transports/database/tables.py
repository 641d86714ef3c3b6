"""The tables of a front-end database, and slices of them: rows in a fixed order, cut into files, counted by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from jobs.transports.database.cells import writer
from jobs.transports.database.faults import telling
from jobs.transports.faults import Unreachable
from warehouse_models.contract import Column, ExchangeTable
from warehouse_models.dialect import Dialect

FILE_ROWS = 100_000  # Rows of one file.
FETCHED = 2_000  # Rows that are held at a time.
# What landing takes for money: whole fen of at most so many yuan. Anything else counts nothing, as the standard says.
SMALLEST, LARGEST = {"yuan": 2, "fen": 0}, {"yuan": 10**13, "fen": 10**15}


class Count(NamedTuple):
    """What the database says of one file. fen: None where the amount is text, which has no sum."""

    rows: int
    fen: int | None


@dataclass(frozen=True)
class Table:
    """A table as the snapshot shows it. columns: lower-case name -> the column; types: lower-case name -> its type."""

    name: str
    rows: Any
    columns: Mapping[str, Any]
    types: Mapping[str, Any]

    def column(self, name: str) -> Any:
        """The column of that name, in upper or lower case. Raises Unreachable (PULL-COLUMN)."""
        if name.lower() not in self.columns:
            raise Unreachable("PULL-COLUMN", f"{self.name}.{name}")
        return self.columns[name.lower()]

    def is_text(self, name: str) -> bool:
        """Whether a column holds text."""
        return isinstance(self.types[name.lower()], sa.String)

    def is_exact(self, name: str) -> bool:
        """Whether a column holds whole or decimal numbers, which the database adds up exactly."""
        kind = self.types[name.lower()]
        return isinstance(kind, sa.Integer) or (isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float))


def table(snapshot: sa.Connection, name: str, namespace: str | None) -> Table:
    """The table or view of that name, in lower case where there is none as written. Raises Unreachable (PULL-TABLE)."""
    place = f"{namespace}.{name}" if namespace else name
    with telling(place):
        inspector = sa.inspect(snapshot)
        real = next((each for each in (name, name.lower()) if inspector.has_table(each, namespace)), None)
        if real is None:
            raise Unreachable("PULL-TABLE", place)
        found = inspector.get_columns(real, namespace)
    columns: dict[str, Any] = {each["name"].lower(): sa.column(each["name"]) for each in found}
    types = {each["name"].lower(): each["type"] for each in found}
    return Table(name, sa.table(real, *columns.values(), schema=namespace), columns, types)


@dataclass(frozen=True)
class Slice:
    """Rows of a table, of which a delivery has so many files.

    columns: of the standard, those that the files have.   where: which rows.   first: what they are ordered by; the key
    and then all other columns decide what that leaves open, so that each query gives the same rows in the same order.
    """

    snapshot: sa.Connection
    source: Table
    table: ExchangeTable
    columns: tuple[Column, ...]
    dialect: Dialect
    where: Any
    first: Any

    @property
    def headers(self) -> dict[str, str]:
        """The standard's name of each column -> the dialect's."""
        return self.dialect.headers(self.table, self.columns)

    @property
    def amount(self) -> Column | None:
        """The column whose sum the manifest states; none for deletions."""
        return next((each for each in self.columns if each.name == self.table.amount), None)

    def counts(self) -> list[Count]:
        """Rows and money of each file, by the database's own count and sum; none where there are no rows."""
        amount, is_summed = self._amount()
        part = (sa.func.row_number().over(order_by=self._order) - 1) // FILE_ROWS
        cut = sa.select(part.label("part"), amount.label("amount")).where(self.where).subquery()
        asked = sa.select(sa.func.count(), sa.func.sum(cut.c.amount)).group_by(cut.c.part).order_by(cut.c.part)
        with telling(self.source.name):
            found = self.snapshot.execute(asked).all()
        unit = 10 ** SMALLEST[self.dialect.money]
        return [Count(rows, int((total or 0) * unit) if is_summed else None) for rows, total in found]

    def rows(self) -> Iterator[list[str | None]]:
        """All rows as the files have them, streamed. Raises Unreachable."""
        columns = [self.source.column(header) for header in self.headers.values()]
        asked = sa.select(*columns).where(self.where).order_by(*self._order)
        with telling(self.source.name):
            found = self.snapshot.execute(asked, execution_options={"yield_per": FETCHED})
            try:
                for row in found:
                    yield [
                        cell if as_is else write(cell) for as_is, write, cell in zip(*self._writers, row, strict=True)
                    ]
            finally:
                found.close()

    def _amount(self) -> tuple[Any, bool]:
        """What is added up, and whether the database can. A value that is no money adds nothing."""
        if self.amount is None:
            return sa.literal(0), True
        name = self.headers[self.amount.name]
        column, money = self.source.column(name), self.dialect.money
        if not self.source.is_exact(name):
            return sa.literal(0), False
        is_money = sa.and_(column == sa.func.round(column, SMALLEST[money]), sa.func.abs(column) < LARGEST[money])
        return sa.case((is_money, column)), True

    @cached_property
    def _order(self) -> tuple[Any, ...]:
        headers = self.headers
        names = dict.fromkeys([*(headers[each] for each in self.table.key), *headers.values()])
        return (self.first, *(self.source.column(name) for name in names))

    @cached_property
    def _writers(self) -> tuple[list[bool], list[Callable[[Any], str | None]]]:
        """For each column whether it is text, and how it is written."""
        pairs = list(zip(self.columns, self.headers.values(), strict=True))
        writers = [writer(column, self.dialect, f"{self.source.name}.{header}") for column, header in pairs]
        return [self.source.is_text(header) for _, header in pairs], writers


def some(rows: Iterator[list[str | None]], count: int) -> Iterator[list[list[str | None]]]:
    """The next rows, at most so many, in lists that are held one at a time."""
    while count > 0 and (held := list(islice(rows, min(FETCHED, count)))):
        count -= len(held)
        yield held
