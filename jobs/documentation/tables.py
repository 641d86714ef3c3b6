"""The exchange standard on tables, dialects and code lists."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.documentation.markdown import code, codes, page, table
from jobs.documentation.words import WIRE, bounds
from warehouse_models.catalogue import Catalogue
from warehouse_models.codes import Code, CodeList
from warehouse_models.contract import Column, ExchangeTable
from warehouse_models.dialect import Dialect

# Lists with more codes than this are linked to, not printed.
LONGEST_LIST = 120


def slots(catalogue: Catalogue) -> dict[str, str]:
    """What the text needs to know of tables, dialects and code lists."""
    used = {column.codes for one in catalogue.exchange.values() for column in one.columns}
    return {
        "tables": page(*(part for name in catalogue.order() for part in _table(catalogue.exchange[name]))).rstrip(),
        "dialects": page(*(_dialect(one) for one in catalogue.dialects.values())).rstrip(),
        "longest_list": str(LONGEST_LIST),
        "lists": page(*(part for name, one in catalogue.codes.items() if name in used for part in _list(one))).rstrip(),
    }


def _table(one: ExchangeTable) -> Iterator[str]:
    yield f"### {one.name}: {one.title} {one.title_zh}"
    facts = [f"The table has {one.grain}. Key: {codes(one.key)}."]
    if one.month_of:
        facts.append(f"Its month is that of {code(one.month_of)}.")
    if one.amount:
        facts.append(f"Its amount is {code(one.amount)}.")
    facts.append(f"Columns of a deletion: {codes(column.name for column in one.deletion_columns)}.")
    yield " ".join(facts)
    yield table(("Column", "Type", "Required", "Values", "Meaning", "含义"), (_column(each) for each in one.columns))


def _column(column: Column) -> tuple[str, ...]:
    unit = f", {column.unit}" if column.unit else ""
    future = "; may lie in the future" if column.may_be_future else ""
    values = f"[{column.codes}](#list-{column.codes})" if column.codes else bounds(column)
    required = "yes" if column.required else ""
    return code(column.name), f"{WIRE[column.type]}{unit}{future}", required, values, column.says, column.says_zh


def _dialect(one: Dialect) -> str:
    named = "the standard's own" if one.tables == "derived" else "the vendor's"
    form = "JSON" if one.format == "json" else f"CSV, delimiter `{one.delimiter}`"
    until = f" to {one.valid_to}" if one.valid_to else ""
    return (
        f"**{one.id}**: {one.title} {one.title_zh}, valid from {one.valid_from}{until}. {form}; {one.encoding}; compression "
        f"{one.compression}; times `{one.time}`, dates `{one.date}`; money and prices in "
        f"{one.money}. Files and headers are {named}. Code lists of its own: {codes(one.codes) or 'none'}. "
        f"[Declaration](../warehouse_models/dialects/{one.id}.yaml)"
    )


def _list(one: CodeList) -> Iterator[str]:
    yield f'<a id="list-{one.name}"></a>'
    yield f"### List {one.name}: {one.title} {one.title_zh}"
    yield f"{len(one.rows)} codes. Source: {one.source}. [CSV](../warehouse_models/codes/{one.name}.csv)"
    if len(one.rows) <= LONGEST_LIST:
        extras = [name for name in one.rows[0].extra if any(row.extra[name] for row in one.rows)]
        head = ("Code", "Meaning", "含义", *extras)
        yield table(head, (_code(row, extras) for row in one.rows))


def _code(row: Code, extras: list[str]) -> tuple[str, ...]:
    until = f" (to {row.valid_to})" if row.valid_to else ""
    return f"{code(row.code)}{until}", row.name, row.name_zh, *(row.extra[name] for name in extras)
