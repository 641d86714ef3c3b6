"""Tables and their columns: keys, parents, names, code lists, personal columns, meanings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import Catalogue, placeholder
from warehouse_models.checks.columns import every_table, path_of, places
from warehouse_models.contract import Column, ConformedTable, ExchangeTable, Identifier, Parent, Type
from warehouse_models.mart import MartTable

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# GB/T 39725: from this level on a column identifies a person or speaks of a special disease; no mart may hold one.
PERSONAL_LEVEL = 4


def findings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """What is wrong with tables and columns by themselves and among each other."""
    for sentence in catalogue.misplaced:
        yield LakehouseError("CONTRACTS-001", sentence, do="Name table, constant and file alike.")
    yield from _code_lists(catalogue)
    yield from _keys(catalogue)
    yield from _parents(catalogue)
    yield from _doubles(catalogue)
    yield from _personal(catalogue)
    yield from _meanings(catalogue)
    yield from _conflicts(catalogue)
    yield from _constraints(catalogue)
    yield from _lineage(catalogue)


def _code_lists(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for place in places(catalogue):
        name = place.column.codes
        if name is not None and name not in catalogue.codes:
            what = f"{place.table}.{place.column.name} names the code list {name}, which is unknown."
            do = f"Add codes/{name}.csv and its line in codes/lists.yaml, or name another list."
            yield LakehouseError("CONTRACTS-002", what, where=place.where, do=do)


def _keys(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for table in every_table(catalogue):
        if not table.key:
            what = f"The table {table.name} has no key."
            yield LakehouseError("CONTRACTS-003", what, where=path_of(table), do="Name the columns of its grain.")
    for table in catalogue.conformed.values():
        missing = sorted(set(table.source.key) - {column.name for column in table.columns})
        if missing:
            what = f"The table {table.name} lacks columns of its key: {', '.join(missing)}."
            yield LakehouseError("CONTRACTS-003", what, where=path_of(table), do="Neither drop nor rename them.")


def _parents(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for table in catalogue.exchange.values():
        for parent in table.parents:
            fault = _fault_of(parent, table, catalogue)
            if fault:
                do = "Name a table that points deliver, and as many columns of the same types as its key has."
                yield LakehouseError("CONTRACTS-004", fault, where=path_of(table), do=do)
    cyclic = sorted(set(catalogue.exchange) - set(catalogue.order()))
    if cyclic:
        what = f"Tables wait for each other in a circle: {', '.join(cyclic)}."
        yield LakehouseError("CONTRACTS-005", what, do="Take one of the parents away.")


def _fault_of(parent: Parent, table: ExchangeTable, catalogue: Catalogue) -> str:
    other = catalogue.exchange.get(parent.table)
    if other is None:
        return f"The table {table.name} has the parent {parent.table}, which no point delivers."
    if len(parent.columns) != len(other.key):
        count = f"{len(parent.columns)} columns instead of {len(other.key)}"
        return f"The table {table.name} refers to {parent.table} by {count}."
    here = [table.column(name).type for name in parent.columns]
    if here != [other.column(name).type for name in other.key]:
        return f"The table {table.name} refers to {parent.table} by columns of other types than its key has."
    return ""


def _doubles(catalogue: Catalogue) -> Iterator[LakehouseError]:
    behind = Counter(placeholder(name) for name in catalogue.conformed)
    for name in sorted(name for name, count in behind.items() if count > 1):
        what = f"Two of the four databases have a table named {name}."
        yield LakehouseError("CONTRACTS-006", what, do="Rename one: the SQL of marts names tables by this part alone.")
    for table in every_table(catalogue):
        names = Counter(column.name for column in _stored(table))
        doubles = sorted(name for name, count in names.items() if count > 1)
        if doubles:
            what = f"The table {table.name} has columns twice: {', '.join(doubles)}."
            yield LakehouseError("CONTRACTS-006", what, where=path_of(table), do="Rename or drop one of each.")


def _stored(table: ExchangeTable | ConformedTable | MartTable) -> tuple[Column, ...]:
    return table.stored_columns if isinstance(table, ConformedTable) else table.columns


def _personal(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for table in every_table(catalogue):
        for column in () if isinstance(table, ExchangeTable) else table.columns:
            if column.identifier:
                what = f"{table.name}.{column.name} is a direct identifier behind landing."
            elif isinstance(table, MartTable) and (column.type is Type.TOKEN or column.level >= PERSONAL_LEVEL):
                what = f"{table.name}.{column.name} speaks of single persons in a mart."
            else:
                continue
            do = "Drop the column: behind landing there are tokens only, and in marts not even those."
            yield LakehouseError("CONTRACTS-007", what, where=path_of(table), do=do)


def _meanings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for name, says, says_zh, where in _said(catalogue):
        if not says.strip() or CHINESE.search(says) or not CHINESE.search(says_zh):
            what = f"{name} has no meaning in English, or none in Chinese."
            yield LakehouseError("CONTRACTS-008", what, where=where, do="Say in both languages what it holds.")


def _said(catalogue: Catalogue) -> Iterator[tuple[str, str, str, str]]:
    for place in places(catalogue):
        yield f"{place.table}.{place.column.name}", place.column.says, place.column.says_zh, place.where
    for table in every_table(catalogue):
        if not isinstance(table, ConformedTable):
            yield table.name, table.title, table.title_zh, path_of(table)


def _conflicts(catalogue: Catalogue) -> Iterator[LakehouseError]:
    first: dict[str, tuple[str, Type, str | None]] = {}
    for place in places(catalogue):
        column = place.column
        table, kind, codes = first.setdefault(column.name, (place.table, column.type, column.codes))
        if (column.type, column.codes) != (kind, codes):
            here, there = _kind(column.type, column.codes), _kind(kind, codes)
            what = f"{column.name} is {here} in {place.table} and {there} in {table}."
            yield LakehouseError("CONTRACTS-009", what, where=place.where, do="Give the same type, or another name.")


def _kind(kind: Type, codes: str | None) -> str:
    return f"{kind} of {codes}" if codes else str(kind)


def _constraints(catalogue: Catalogue) -> Iterator[LakehouseError]:
    for table in catalogue.exchange.values():
        for column in table.columns:
            fault = _fault_in(column, table)
            if fault:
                what = f"{table.name}.{column.name} {fault}."
                yield LakehouseError(
                    "CONTRACTS-010", what, where=path_of(table), do="Correct the column's declaration."
                )
        kinds = {table.version: {Type.TIME}, table.month_of: {Type.TIME, Type.DATE}, table.amount: {Type.MONEY}}
        for name, allowed in kinds.items():
            if name is not None and table.column(name).type not in allowed:
                what = f"{table.name}.{name} is version, month or amount, and is not {' or '.join(sorted(allowed))}."
                yield LakehouseError("CONTRACTS-010", what, where=path_of(table), do="Correct the column's type.")


def _fault_in(column: Column, table: ExchangeTable) -> str:
    if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:
        return "has a minimum above its maximum"
    if column.pattern is not None and not _compiles(column.pattern):
        return "has a pattern that is no regular expression"
    if not 1 <= column.level <= 5:
        return "has a level that GB/T 39725 does not know"
    named = column.certificate_type
    known = {other.name for other in table.columns if other.codes == "certificate_type"}
    is_certificate = column.identifier is Identifier.CERTIFICATE
    if is_certificate != (named is not None) or (named is not None and named not in known):
        return "needs the column that says which kind of certificate it is, and only a certificate does"
    return ""


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _lineage(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """Every delivered table becomes exactly one table of the four databases."""
    behind = Counter(table.source.name for table in catalogue.conformed.values())
    for name, table in catalogue.exchange.items():
        if behind[name] != 1:
            what = f"The exchange table {name} becomes {behind[name]} tables of the four databases instead of one."
            do = "Declare one table by `conformed(…)` in the database that it belongs to."
            yield LakehouseError("CONTRACTS-011", what, where=path_of(table), do=do)
