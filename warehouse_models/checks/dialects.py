"""Dialects: every column of the standard has exactly one header, every code a way to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import Catalogue
from warehouse_models.codes import CodeList, Crossing
from warehouse_models.contract import ExchangeTable
from warehouse_models.dialect import OF_ELEMENT, Dialect, DialectTable


def findings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """What is wrong with dialects and their crosswalks."""
    for dialect in catalogue.dialects.values():
        where = f"warehouse_models/dialects/{dialect.id}.yaml"
        for fault in (*_tables(dialect, catalogue), *_crosswalks(dialect, catalogue)):
            what = f"The dialect {dialect.id} {fault}."
            yield LakehouseError("CONTRACTS-040", what, where=where, do="Correct the file after the contracts.")
    for (name, list_name), crossings in catalogue.crosswalks.items():
        where = f"warehouse_models/codes/crosswalks/{name}/{list_name}.csv"
        for fault in _crossings(crossings, catalogue.codes.get(list_name)):
            what = f"The crosswalk of {list_name} in the dialect {name} {fault}."
            yield LakehouseError("CONTRACTS-041", what, where=where, do="Correct the lines of the crosswalk.")


def _tables(dialect: Dialect, catalogue: Catalogue) -> Iterator[str]:
    if dialect.tables == "derived":
        return
    missing = sorted(set(catalogue.exchange) - set(dialect.tables))
    unknown = sorted(set(dialect.tables) - set(catalogue.exchange))
    if missing:
        yield f"lacks the tables {', '.join(missing)}"
    if unknown:
        yield f"maps tables that the standard does not have: {', '.join(unknown)}"
    places = Counter((table.file, table.nested) for table in dialect.tables.values())
    for file, nested in sorted(place for place, count in places.items() if count > 1):
        yield f"names the {f'list {nested} in the ' if nested else ''}file {file} for several tables"
    for file, field in sorted(_lists_and_fields(dialect.tables.values())):
        yield f"names {field} in the file {file} for a list and for a field"
    for name in sorted(set(dialect.tables) & set(catalogue.exchange)):
        yield from _columns(catalogue.exchange[name], dialect.tables[name].columns)


def _lists_and_fields(tables: Collection[DialectTable]) -> Iterator[tuple[str, str]]:
    """File and name of each nested list that bears the name of a field of its element."""
    fields = {
        (table.file, header.removeprefix(OF_ELEMENT))
        for table in tables
        for header in table.columns.values()
        if not table.nested or header.startswith(OF_ELEMENT)
    }
    yield from {(table.file, table.nested) for table in tables if table.nested} & fields


def _columns(table: ExchangeTable, mapped: dict[str, str]) -> Iterator[str]:
    wanted = {column.name for column in (*table.columns, *table.deletion_columns)}
    missing, unknown = sorted(wanted - set(mapped)), sorted(set(mapped) - wanted)
    if missing:
        yield f"lacks columns of {table.name}: {', '.join(missing)}"
    if unknown:
        yield f"maps columns that {table.name} does not have: {', '.join(unknown)}"
    headers = Counter(mapped.values())
    for header in sorted(header for header, count in headers.items() if count > 1):
        yield f"uses the header {header} twice in {table.name}"


def _crosswalks(dialect: Dialect, catalogue: Catalogue) -> Iterator[str]:
    used = {column.codes for table in catalogue.exchange.values() for column in table.columns}
    files = {list_name for name, list_name in catalogue.crosswalks if name == dialect.id}
    for list_name, path in dialect.codes.items():
        if list_name not in used:
            yield f"has a crosswalk of {list_name}, a list that no column has"
        if path != f"codes/crosswalks/{dialect.id}/{list_name}.csv" or list_name not in files:
            yield f"names a crosswalk file of {list_name} that is not where it belongs"
    if files - set(dialect.codes):
        yield f"does not name its crosswalks of {', '.join(sorted(files - set(dialect.codes)))}"


def _crossings(crossings: Sequence[Crossing], codes: CodeList | None) -> Iterator[str]:
    known = {code.code for code in codes.rows} if codes else set()
    unknown = sorted({crossing.code for crossing in crossings} - known)
    unwritten = sorted(known - {crossing.code for crossing in crossings})
    if unknown:
        yield f"leads to codes that the list does not have: {', '.join(unknown)}"
    if unwritten:
        yield f"has no way to write {', '.join(unwritten)}"
    for crossing in crossings:
        if any(
            _overlap(crossing, other)
            for other in crossings
            if other is not crossing and other.written == crossing.written
        ):
            yield f"reads {crossing.written} in two ways on one day"


def _overlap(one: Crossing, other: Crossing) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)
