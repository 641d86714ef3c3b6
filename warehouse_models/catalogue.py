"""Everything that is declared, side by side: what checks and documentation look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warehouse_models.codes import CodeList, Crossing, Misspelling
from warehouse_models.contract import ConformedTable, ExchangeTable
from warehouse_models.dialect import Dialect
from warehouse_models.mart import MartTable

# What a mart may read besides tables of the four databases.
OTHER_INPUTS = ("ledger.account",)


@dataclass(frozen=True)
class Catalogue:
    """All tables, code lists and dialects, by name. A name is the path at which the declaration was found.

    sql: text of each mart's SQL file, by the path of the file; it may lack a contract, and a contract may lack it.
    crosswalks: (dialect, list) to what the vendor writes, for every crosswalk file.
    misplaced: declarations that cannot be found by their name: one sentence each.
    """

    exchange: Mapping[str, ExchangeTable] = field(default_factory=dict)
    conformed: Mapping[str, ConformedTable] = field(default_factory=dict)
    marts: Mapping[str, MartTable] = field(default_factory=dict)
    sql: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, CodeList] = field(default_factory=dict)
    misspellings: tuple[Misspelling, ...] = ()
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    crosswalks: Mapping[tuple[str, str], tuple[Crossing, ...]] = field(default_factory=dict)
    misplaced: tuple[str, ...] = ()

    def order(self) -> list[str]:
        """Names of the exchange tables, parents before their children; among equals by name.

        A table whose parents cannot all come before it, because of a cycle, is left out.
        """
        waiting, done = sorted(self.exchange), list[str]()
        while ready := [name for name in waiting if self._parents(name) <= set(done)]:
            done.append(ready[0])
            waiting.remove(ready[0])
        return done

    def _parents(self, name: str) -> set[str]:
        return {parent.table for parent in self.exchange[name].parents if parent.table in self.exchange}


def placeholder(table: str) -> str:
    """How the SQL of a mart names a table that it reads: the last part of the table's name."""
    return table.rpartition(".")[2]
