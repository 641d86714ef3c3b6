"""A DuckDB file for each tenant who looks: a second wall behind row-level security, since the rows of others are not in it.

A file is written when its tenant first looks at a publication, so that a night costs nothing for those who do not.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import duckdb

INSTITUTION, REGION = "institution_code", "region_code"
OPEN = ("meta", "public")  # Schemas whose tables everybody may see.
VISITOR = "everybody"  # Who has not logged in.
TENANT = re.compile(r"(institution|region)-[0-9A-Za-z]+")


def tenant_file(whole: Path, tenant: str, home: Path) -> Path:
    """The file of a tenant, `institution-<code>`, `region-<code>` or `everybody`, with its rows of the whole file only.

    whole: `<publication>/marts.duckdb`.   home: folder of the files, one folder a publication."""
    folder = home / whole.parent.name
    path = folder / f"{tenant}.duckdb"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
        _write(whole, tenant, made := Path(temporary) / path.name)
        os.replace(made, path)  # Who was faster wrote the same.
    _forget(home, whole.parents[1])
    return path


def condition(tenant: str) -> str:
    """What a tenant's rows fulfil; of visitors none do. A region is a county, a prefecture (`6401` or `640100`) or a
    province (`64`, `640000`): its institutions are those whose division begins as it does."""
    if tenant == VISITOR:
        return "false"
    kind, _, code = tenant.partition("-")
    if not code.isalnum() or not code.isascii():
        raise ValueError("the code of a tenant is letters and digits")
    if kind == "institution":
        return f"{INSTITUTION} = '{code}'"
    if kind == "region":
        return f"starts_with({REGION}, '{_prefix(code)}')"
    raise ValueError("a tenant is an institution or a region")


def _prefix(code: str) -> str:
    """A division's code without the pairs of noughts that stand for its parts."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def _write(whole: Path, tenant: str, path: Path) -> None:
    kept = condition(tenant)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{whole}' as whole (read_only)")
        connection.execute(f"attach '{path}' as tenant")
        for name, columns in sorted(_tables(connection).items()):
            schema = name.partition(".")[0]
            # Of any other table whose rows belong to no institution nothing is copied.
            rows = "true" if schema in OPEN else kept if {REGION, INSTITUTION} <= columns else "false"
            connection.execute(f"create schema if not exists tenant.{schema}")
            connection.execute(f"create table tenant.{name} as select * from whole.{name} where {rows}")


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Columns of each table of the whole file."""
    found: dict[str, set[str]] = {}
    asked = "select schema_name || '.' || table_name, column_name from duckdb_columns() where database_name = 'whole' and not internal"
    for table, column in connection.execute(asked).fetchall():
        found.setdefault(table, set()).add(column)
    return found


def _forget(home: Path, served: Path) -> None:
    """Remove the files of publications that are served no more."""
    for folder in home.iterdir():
        if not (served / folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
