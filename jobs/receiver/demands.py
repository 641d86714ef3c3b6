"""What an element of an upload must fill: the contracts say which columns, the dialect how they are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from warehouse_models import registry
from warehouse_models.contract import Column, ExchangeTable
from warehouse_models.dialect import Dialect

OF_ELEMENT = "../"  # How a dialect names a field of the element around the rows of a list.


@dataclass(frozen=True)
class Demand:
    """fields: names that every element fills.   ids: those of them that tell it from others, and are no identifier."""

    fields: tuple[str, ...]
    ids: tuple[str, ...]


def demand(spoken: Dialect, method: str, is_deletion: bool = False) -> Demand | None:
    """What a method demands of each element; None where the dialect has no file of that name.

    Rows of lists inside an element are judged after landing, as all rows are.
    """
    tables = [table for table in registry.exchange().values() if spoken.file(table) == method]
    if not tables:
        return None
    fields = [name for table in tables for name in _names(spoken, table, _required(table, is_deletion))]
    whole = min(tables, key=lambda table: _is_nested(spoken, table))
    keys = [column for column in map(whole.column, whole.key) if not column.identifier]
    return Demand(tuple(dict.fromkeys(fields)), tuple(_names(spoken, whole, keys)))


def _required(table: ExchangeTable, is_deletion: bool) -> Iterable[Column]:
    return table.deletion_columns if is_deletion else (column for column in table.columns if column.required)


def _names(spoken: Dialect, table: ExchangeTable, columns: Iterable[Column]) -> Iterator[str]:
    """Names in the element itself: all of them where the elements are the rows, else those around a list."""
    is_nested = _is_nested(spoken, table)
    for header in spoken.headers(table, columns).values():
        if header.startswith(OF_ELEMENT) or not is_nested:
            yield header.removeprefix(OF_ELEMENT)


def _is_nested(spoken: Dialect, table: ExchangeTable) -> bool:
    """Whether a table's rows are the objects of a list in each element; they take their keys from around it."""
    return any(header.startswith(OF_ELEMENT) for header in spoken.headers(table).values())
