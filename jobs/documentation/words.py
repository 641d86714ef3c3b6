"""How the pages speak of types, bounds, levels and code lists."""

from __future__ import annotations

from jobs.documentation.markdown import code
from warehouse_models import registry
from warehouse_models.contract import Column, Type

# GB/T 39725-2020, levels of health data.
LEVELS = {
    1: "public",
    2: "wide access, no person identifiable",
    3: "partly de-identified",
    4: "identifies a person",
    5: "special diseases",
}

WIRE = {
    Type.TEXT: "text",
    Type.CODE: "code",
    Type.INTEGER: "whole number",
    Type.QUANTITY: "number",
    Type.MONEY: "money",
    Type.TIME: "time",
    Type.DATE: "date",
    Type.FLAG: "flag",
    Type.TOKEN: "token",
}


def type_of(column: Column) -> str:
    """Type behind staging, with the unit; for an identifier what becomes of it."""
    if column.identifier:
        return f"text, identifier ({column.identifier})"
    unit = f", {column.unit}" if column.unit else ""
    return f"{column.type} ({code(column.sql)}{unit})"


def bounds(column: Column) -> str:
    """What a number or a text must lie within, as one reads it."""
    low, high = (None if bound is None else f"{bound:f}" for bound in (column.minimum, column.maximum))
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None or high is not None:
        return f"at least {low}" if high is None else f"at most {high}"
    return code(column.pattern) if column.pattern else ""


def list_link(column: Column) -> str:
    """Link to the column's code list: on the page of the exchange standard, or to the file of one that no point sends;
    nothing for other columns."""
    if column.codes is None:
        return ""
    is_sent = any(each.codes == column.codes for one in registry.exchange().values() for each in one.columns)
    place = f"exchange-standard.md#list-{column.codes}" if is_sent else f"../warehouse_models/codes/{column.codes}.csv"
    return f"[{column.codes}]({place})"
