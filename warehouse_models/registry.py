"""Finds every table by its path: `<folder>/<table>.py` declares `<TABLE>`, a mart with `<table>.sql` beside it."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import ModuleType

from lakehouse.errors import LakehouseError
from warehouse_models import codes, dialect
from warehouse_models.catalogue import Catalogue, placeholder
from warehouse_models.contract import ConformedTable, ExchangeTable
from warehouse_models.mart import MartTable

ROOT = "warehouse_models"
DATABASES = ("population", "resources", "medical_records", "health_records")
# Modules of a folder of tables that declare no table.
SHARED = ("vocabulary",)

Table = ExchangeTable | ConformedTable | MartTable


def exchange() -> dict[str, ExchangeTable]:
    """Tables that points deliver, by name; the same names as files in `exchange/`."""
    return dict(catalogue().exchange)


def conformed() -> dict[str, ConformedTable]:
    """Tables of the four databases, by name `<database>.<table>`."""
    return dict(catalogue().conformed)


def marts() -> dict[str, MartTable]:
    """Marts, by name `<subject>.<table>`."""
    return dict(catalogue().marts)


def order() -> list[str]:
    """Names of the exchange tables, parents before their children."""
    return catalogue().order()


def conformed_of(exchange_name: str) -> ConformedTable:
    """The table of the four databases that an exchange table becomes; KeyError where there is none."""
    for table in conformed().values():
        if table.source.name == exchange_name:
            return table
    raise KeyError(exchange_name)


def sql_of(mart: MartTable) -> str:
    """The mart's SQL, with its placeholders; raises LakehouseError REGISTRY-001 where the file is missing."""
    text = catalogue().sql.get(mart.name)
    if text is None:
        path = f"{ROOT}/marts/{mart.name.replace('.', '/')}.sql"
        raise LakehouseError("REGISTRY-001", f"The mart {mart.name} has no SQL.", where=path, do="Write that file.")
    return text


def check() -> list[LakehouseError]:
    """What is wrong with the declarations of this checkout, one finding each; empty when all is well."""
    from warehouse_models.checks import check as check_catalogue

    return check_catalogue(catalogue())


def demand() -> None:
    """Raise the first finding of `check`: nothing is landed, and no batch opened, on declarations that contradict each other."""
    for finding in check():
        raise finding


@cache
def catalogue() -> Catalogue:
    """Everything that this checkout declares."""
    tables, misplaced = find(ROOT)
    return Catalogue(
        exchange={name: table for name, table in tables.items() if isinstance(table, ExchangeTable)},
        conformed={name: table for name, table in tables.items() if isinstance(table, ConformedTable)},
        marts={name: table for name, table in tables.items() if isinstance(table, MartTable)},
        sql={f"{folder.name}.{stem}": text for folder, stem, text in _sql_files(ROOT)},
        codes={name: codes.load(name) for name in codes.names()},
        misspellings=codes.misspellings(),
        dialects={name: dialect.load(name) for name in dialect.names()},
        crosswalks={pair: codes.crosswalk(*pair) for pair in codes.crosswalks()},
        misplaced=misplaced,
    )


def find(package: str) -> tuple[dict[str, Table], tuple[str, ...]]:
    """The tables that a package declares where their names say, and a sentence for each that stands elsewhere.

    Raises LakehouseError REGISTRY-002 where a declaration refuses itself."""
    found: dict[str, Table] = {}
    misplaced: list[str] = []
    for name, module, kind in _places(package):
        attribute = placeholder(name).upper()
        table = getattr(_imported(module), attribute, None)
        if not isinstance(table, kind):
            misplaced.append(f"{module} declares no {kind.__name__} named {attribute}.")
        elif table.name != name:
            misplaced.append(f"{module} declares a table named {table.name} instead of {name}.")
        else:
            found[name] = table
    return found, tuple(misplaced)


def _imported(module: str) -> ModuleType:
    """The module; raises LakehouseError REGISTRY-002 where a declaration in it, or in what it imports, refuses itself."""
    try:
        return importlib.import_module(module)
    except (TypeError, ValueError, KeyError) as error:
        said = f"there is no {error.args[0]}" if isinstance(error, KeyError) and error.args else str(error)
        raise LakehouseError(
            "REGISTRY-002",
            "A table is not declared as it should be.",
            where=f"{_place(module, error)}: {said}",
            do="Correct the declaration there, then run `lakehouse contracts check`.",
        ) from error


def _place(module: str, error: Exception) -> str:
    """File and line of the declaration, in that module or in one that it imports."""
    place = f"{module.replace('.', '/')}.py"
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "<module>":
            place = f"{frame.f_globals['__name__'].replace('.', '/')}.py, line {line}"
    return place


def _places(package: str) -> Iterator[tuple[str, str, type[Table]]]:
    """Where tables are looked for: name, module and kind."""
    root = resources.files(package)
    for stem in _stems(root / "exchange", ".py"):
        yield stem, f"{package}.exchange.{stem}", ExchangeTable
    for database in DATABASES:
        for stem in _stems(root / database, ".py"):
            yield f"{database}.{stem}", f"{package}.{database}.{stem}", ConformedTable
    for subject in _subjects(package):
        for stem in _stems(subject, ".py"):
            yield f"{subject.name}.{stem}", f"{package}.marts.{subject.name}.{stem}", MartTable


def _subjects(package: str) -> list[Traversable]:
    folder = resources.files(package) / "marts"
    subjects = [child for child in folder.iterdir() if child.is_dir()] if folder.is_dir() else []
    return sorted(subjects, key=lambda child: child.name)


def _sql_files(package: str) -> Iterator[tuple[Traversable, str, str]]:
    for subject in _subjects(package):
        for stem in _stems(subject, ".sql"):
            yield subject, stem, (subject / f"{stem}.sql").read_text(encoding="utf-8")


def _stems(folder: Traversable, ending: str) -> list[str]:
    """Names without ending of a folder's files, but for those that declare no table."""
    files = [file.name for file in folder.iterdir() if file.name.endswith(ending)] if folder.is_dir() else []
    stems = (file.removesuffix(ending) for file in files)
    return sorted(stem for stem in stems if stem not in SHARED and not stem.startswith("_"))
