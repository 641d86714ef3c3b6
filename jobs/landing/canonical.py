"""Cells of one column in the lakehouse's form, with every repair counted."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeAlias

import pyarrow.compute as pc

from jobs.landing import money, text, times
from warehouse_models.contract import Column, Identifier, Type
from warehouse_models.dialect import Dialect

# (column, repair) -> cells. For a file as a whole the column is empty and files are counted.
Repairs: TypeAlias = Counter[tuple[str, str]]
BLANKS, FULL_WIDTH, HOUR_24, LOWER_CASE_X = "blanks", "full_width", "hour_24", "lower_case_x"
BYTE_ORDER_MARK, COLUMN_ORDER = "byte_order_mark", "column_order"

CODED = frozenset(Type) - {Type.TEXT, Type.TOKEN}
NUMBERED = frozenset({Identifier.CERTIFICATE, Identifier.PHONE, Identifier.CARD})


def canonical(column: Column, cells: Any, dialect: Dialect) -> tuple[Any, Repairs]:
    """Trim a column's cells, make coded and numbered ones ASCII, bring times, dates and money into the standard's form.

    Free text keeps its characters; names and addresses are brought into a normal form only for their token.
    """
    repairs: Repairs = Counter()
    cells, repairs[column.name, BLANKS] = text.trimmed(cells)
    if column.type in CODED or column.pattern or column.identifier in NUMBERED:
        cells, repairs[column.name, FULL_WIDTH] = text.half_width(cells)
    if column.type is Type.TIME:
        cells = times.reshaped(cells, dialect.time, times.TIME)
        cells, repairs[column.name, HOUR_24] = times.without_hour_24(cells)
    elif column.type is Type.DATE:
        cells = times.reshaped(cells, dialect.date, times.DATE)
    elif dialect.money == "fen" and column.type is Type.MONEY:
        cells = money.yuan_of_fen(cells)
    elif dialect.money == "fen" and column.type is Type.QUANTITY and column.unit == "yuan":
        cells = money.price_in_yuan(cells)
    elif column.identifier is Identifier.CERTIFICATE:
        repairs[column.name, LOWER_CASE_X] = pc.sum(pc.ends_with(cells, pattern="x")).as_py() or 0
    return cells, repairs
