"""Marts and their SQL: each has the other, and reads what it says it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import OTHER_INPUTS, Catalogue, placeholder
from warehouse_models.checks.columns import path_of
from warehouse_models.mart import MartTable

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
COMMENT = re.compile(r"--[^\n]*")


def findings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """What is wrong between marts, their SQL and what they read."""
    for mart in catalogue.marts.values():
        yield from _inputs(mart, catalogue)
        sql = catalogue.sql.get(mart.name)
        if sql is None:
            what = f"The mart {mart.name} has no SQL."
            yield LakehouseError("CONTRACTS-020", what, where=_sql_path(mart.name), do="Write that file.")
        else:
            yield from _placeholders(mart, sql)
    for name in sorted(set(catalogue.sql) - set(catalogue.marts)):
        what = f"The SQL of {name} builds a table that no contract declares."
        do = "Declare the mart in a Python file of the same name, or remove the SQL."
        yield LakehouseError("CONTRACTS-021", what, where=_sql_path(name), do=do)


def _inputs(mart: MartTable, catalogue: Catalogue) -> Iterator[LakehouseError]:
    unknown = [name for name in mart.inputs if name not in catalogue.conformed and name not in OTHER_INPUTS]
    if unknown:
        what = (
            f"The mart {mart.name} reads {', '.join(unknown)}, which is no table of the four databases or the ledger."
        )
        yield LakehouseError("CONTRACTS-022", what, where=path_of(mart), do="Correct the names of its inputs.")
    short = Counter(placeholder(name) for name in mart.inputs)
    doubles = sorted(name for name, count in short.items() if count > 1)
    if doubles or not mart.inputs:
        fault = f"two inputs that its SQL would both name {', '.join(doubles)}" if doubles else "no input"
        yield LakehouseError(
            "CONTRACTS-022",
            f"The mart {mart.name} has {fault}.",
            where=path_of(mart),
            do="Name each table that it reads once.",
        )


def _placeholders(mart: MartTable, sql: str) -> Iterator[LakehouseError]:
    used = set(PLACEHOLDER.findall(COMMENT.sub("", sql)))
    declared = {placeholder(name) for name in mart.inputs}
    for name in sorted(used - declared):
        what = f"The SQL of {mart.name} reads {{{name}}}, which is not among the mart's inputs."
        yield LakehouseError(
            "CONTRACTS-023", what, where=_sql_path(mart.name), do="Add the input, or correct the name."
        )
    for name in sorted(declared - used):
        what = f"The mart {mart.name} declares the input {name}, which its SQL does not read."
        yield LakehouseError("CONTRACTS-024", what, where=path_of(mart), do="Take the input away, or read it.")


def _sql_path(name: str) -> str:
    return f"warehouse_models/marts/{name.replace('.', '/')}.sql"
