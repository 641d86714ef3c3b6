"""How a vendor's extract maps to the exchange standard: files, headers, encoding, formats and codes.

One YAML file a dialect in `dialects/`, named `<vendor>-<version>.yaml`.

In a JSON dialect a file is an array of objects, its elements. A table's rows are the elements, or the objects in a list
that each element has under one name (`nested`). A column is the name of a field of the row; in a nested table `../name`
is the field of that name of the element around it. Several tables may then come from one file.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from lakehouse.errors import LakehouseError
from warehouse_models.codes import Crossing, crosswalk
from warehouse_models.contract import Column, ExchangeTable

OF_ELEMENT = "../"  # Before the name of a field that a nested row takes from the element around it.


class DialectTable(BaseModel):
    """How a vendor names a table: its file without ending, and for each of the standard's columns the header.

    nested: in JSON, the list in each element whose objects are the rows; empty where the elements are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    nested: str = ""
    columns: dict[str, str]

    @model_validator(mode="after")
    def _headers_are_unique(self) -> Self:
        headers = list(self.columns.values())
        doubles = sorted({header for header in headers if headers.count(header) > 1})
        if doubles:
            raise ValueError(f"file {self.file}: headers used twice: {', '.join(doubles)}")
        if not self.nested and any(header.startswith(OF_ELEMENT) for header in headers):
            raise ValueError(f"file {self.file}: only the rows of a nested list have an element around them")
        return self


class Dialect(BaseModel):
    """A dialect, as its YAML file declares it.

    format: CSV files, or JSON.   delimiter: between cells; JSON has none.
    time, date: formats as `strftime` writes them.   money: unit of sums and of unit prices.   codes: lists whose codes
    the vendor writes otherwise, with the file of the crosswalk.   tables: `derived`, where files and headers bear the
    standard's own names, or how each table is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    title: str
    title_zh: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    encoding: Literal["UTF-8", "GB18030"]
    compression: Literal["gzip", "none"]
    format: Literal["csv", "json"] = "csv"
    delimiter: str = ""
    time: str
    date: str
    money: Literal["yuan", "fen"]
    codes: dict[str, str]
    tables: Literal["derived"] | dict[str, DialectTable]

    @model_validator(mode="after")
    def _formats_are_complete(self) -> Self:
        for written, parts in ((self.time, "YmdHMS"), (self.date, "Ymd")):
            if sorted(re.findall(r"%(.)", written)) != sorted(parts):
                raise ValueError(f"the format {written} needs each of {' '.join(f'%{part}' for part in parts)} once")
        if self.format == "csv" and len(self.delimiter) != 1:
            raise ValueError("the delimiter is one character")
        if self.format == "json" and self.delimiter:
            raise ValueError("JSON has no delimiter")
        if self.format == "csv" and any(table.nested for table in self._named.values()):
            raise ValueError("CSV has no nested lists")
        return self

    @property
    def _named(self) -> dict[str, DialectTable]:
        return {} if self.tables == "derived" else self.tables

    @property
    def id(self) -> str:
        """`<vendor>-<version>`: what a point's declaration names."""
        return f"{self.name}-{self.version}"

    def valid_on(self, day: datetime.date) -> bool:
        """Whether points may deliver in this dialect on that business date."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def file(self, table: ExchangeTable) -> str:
        """Name of the table's file without ending; several files of a table add to it."""
        return table.name if self.tables == "derived" else self.tables[table.name].file

    def nested(self, table: ExchangeTable) -> str:
        """The list in each element of a JSON file in which the table's rows are; empty where the elements are rows."""
        return "" if self.tables == "derived" else self.tables[table.name].nested

    def headers(self, table: ExchangeTable, columns: Iterable[Column] | None = None) -> dict[str, str]:
        """The vendor's header of each of the columns, by default all of the table's, in the standard's order.

        In a nested table of a JSON dialect it may be a path to the element around the row, `../name`.
        """
        wanted = [column.name for column in (table.columns if columns is None else columns)]
        if self.tables == "derived":
            return {name: name for name in wanted}
        named = self.tables[table.name].columns
        return {name: named[name] for name in wanted}

    def crosswalk(self, list_name: str) -> tuple[Crossing, ...]:
        """How this dialect writes the codes of a list; empty where it writes them as the standard does."""
        return crosswalk(self.id, list_name) if list_name in self.codes else ()


FOLDER = resources.files("warehouse_models") / "dialects"


@cache
def names() -> tuple[str, ...]:
    """Names of all dialects, `<vendor>-<version>`."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in FOLDER.iterdir() if file.name.endswith(".yaml")))


@cache
def load(name: str) -> Dialect:
    """The dialect of that name.

    Raises LakehouseError DIALECT-001 where there is none, and DIALECT-002 where its file is not as it should be.
    """
    if name not in names():
        known = ", ".join(names())
        raise LakehouseError("DIALECT-001", f"There is no dialect {name}.", do=f"Name one of {known}, or add its file.")
    return parse(name, (FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Dialect:
    """The dialect that a YAML text declares under a file name without ending; raises LakehouseError DIALECT-002."""
    try:
        dialect = Dialect.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise _unreadable(name, _told(error)) from None
    if dialect.id != name:
        raise _unreadable(name, f"it declares {dialect.id}")
    return dialect


def _told(error: ValidationError | yaml.YAMLError) -> str:
    if isinstance(error, yaml.YAMLError):
        return str(error).splitlines()[0]
    first = max(error.errors(), key=lambda fault: len(fault["loc"]))  # The innermost knows best.
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def _unreadable(name: str, why: str) -> LakehouseError:
    return LakehouseError(
        "DIALECT-002",
        f"The dialect {name} is not declared as it should be: {why}.",
        where=f"warehouse_models/dialects/{name}.yaml",
        do="Correct the file after the pattern of the others.",
    )
