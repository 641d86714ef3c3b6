"""The columns of all tables, wherever they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from warehouse_models.catalogue import Catalogue
from warehouse_models.contract import Column, ConformedTable, ExchangeTable
from warehouse_models.mart import MartTable


@dataclass(frozen=True)
class Place:
    """A column and the table that has it; `path` is the file to look into."""

    table: str
    path: str
    column: Column

    @property
    def where(self) -> str:
        """The file and the column, as a finding names them."""
        return f"{self.path}, {self.column.name}"


def places(catalogue: Catalogue) -> Iterator[Place]:
    """Every column of every table, once: what a conformed table takes over unchanged is where the point delivers it."""
    for table in every_table(catalogue):
        taken_over = table.origins if isinstance(table, ConformedTable) else {}
        for column in table.columns:
            if taken_over.get(column.name) != column.name:
                yield Place(table.name, path_of(table), column)


def every_table(catalogue: Catalogue) -> Iterator[ExchangeTable | ConformedTable | MartTable]:
    """All tables: delivered ones, the four databases, marts."""
    yield from catalogue.exchange.values()
    yield from catalogue.conformed.values()
    yield from catalogue.marts.values()


def path_of(table: ExchangeTable | ConformedTable | MartTable) -> str:
    """Where a table of that name and kind is declared."""
    folder = "exchange/" if isinstance(table, ExchangeTable) else "marts/" if isinstance(table, MartTable) else ""
    return f"warehouse_models/{folder}{table.name.replace('.', '/')}.py"
