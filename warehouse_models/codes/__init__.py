"""National code lists with their effective dates, known misspellings, and crosswalks from vendors' codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeVar

import yaml

from lakehouse.errors import LakehouseError

Made = TypeVar("Made")
FOLDER = resources.files(__name__)
HEADER = ("code", "name", "name_zh", "valid_from", "valid_to")


@dataclass(frozen=True)
class Code:
    """One code of a list, valid from `valid_from` to `valid_to`, both included; None: still valid.

    extra: what only this list knows of its codes, such as a parent or a bucket."""

    code: str
    name: str
    name_zh: str
    valid_from: date
    valid_to: date | None
    extra: Mapping[str, str]

    def valid_on(self, day: date) -> bool:
        """Whether the code may be used for what happened on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class CodeList:
    """A code list: what it is of, where it comes from, and its codes in the order of the file."""

    name: str
    title: str
    title_zh: str
    source: str
    rows: tuple[Code, ...]

    def valid_on(self, day: date) -> tuple[Code, ...]:
        """The codes that may be used for what happened on `day`."""
        return tuple(code for code in self.rows if code.valid_on(day))

    def code(self, code: str) -> Code:
        """The code as written; KeyError where the list has none."""
        for row in self.rows:
            if row.code == code:
                return row
        raise KeyError(f"{self.name}: no such code")


@dataclass(frozen=True)
class Misspelling:
    """A way in which a code of a list is known to be written wrongly; it is repaired, and the repair counted."""

    list: str
    written: str
    meant: str


@dataclass(frozen=True)
class Crossing:
    """What a vendor writes for a code, from `valid_from` to `valid_to`; None: still."""

    written: str
    code: str
    valid_from: date
    valid_to: date | None


@cache
def names() -> tuple[str, ...]:
    """Names of all code lists, in the order of `lists.yaml`."""
    return tuple(_titles())


@cache
def load(list_name: str) -> CodeList:
    """The code list of that name; KeyError where there is none."""
    titles = _titles()[list_name]
    return CodeList(
        list_name, titles["title"], titles["title_zh"], titles["source"], _made(FOLDER / f"{list_name}.csv", _code)
    )


@cache
def misspellings() -> tuple[Misspelling, ...]:
    """All known misspellings, of all lists."""
    return _made(FOLDER / "misspellings.csv", lambda row: Misspelling(row["list"], row["written"], row["meant"]))


@cache
def crosswalk(dialect: str, list_name: str) -> tuple[Crossing, ...]:
    """How a dialect writes the codes of a list; empty where it writes them as the standard does."""
    file = FOLDER / "crosswalks" / dialect / f"{list_name}.csv"
    if not file.is_file():
        return ()
    return _made(file, lambda row: Crossing(row["written"], row["code"], *_validity(row)))


@cache
def crosswalks() -> tuple[tuple[str, str], ...]:
    """Dialect and list of every crosswalk that there is."""
    folders = [folder for folder in (FOLDER / "crosswalks").iterdir() if folder.is_dir()]
    files = [(folder.name, file.name) for folder in folders for file in folder.iterdir()]
    return tuple(sorted((dialect, file.removesuffix(".csv")) for dialect, file in files if file.endswith(".csv")))


@cache
def known_forms(dialect: str, list_name: str) -> frozenset[str]:
    """Everything that may be written for a code of the list in a dialect, known misspellings included."""
    if list_name not in names():
        return frozenset()
    slips = {slip.written for slip in misspellings() if slip.list == list_name}
    return proper_forms(dialect, list_name) | slips


def proper_forms(dialect: str, list_name: str) -> frozenset[str]:
    """What should be written for the codes of the list in a dialect."""
    own = frozenset(crossing.written for crossing in crosswalk(dialect, list_name))
    return own or frozenset(code.code for code in load(list_name).rows)


@cache
def calendar() -> Mapping[date, str]:
    """Days that are not what their weekday says: `workday` (at a weekend), `restday` (off in exchange for one) or
    `holiday`. For 2027 only the days that the law itself names: the yearly arrangement is published late in 2026."""
    days = _made(FOLDER / "calendar.csv", lambda row: (date.fromisoformat(row["date"]), row["kind"]))
    return MappingProxyType(dict(days))


def is_workday(day: date) -> bool:
    """Whether people work on that day: Monday to Friday, but for the calendar's exceptions."""
    kind = calendar().get(day)
    return day.weekday() < 5 if kind is None else kind == "workday"


@cache
def _titles() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(yaml.safe_load((FOLDER / "lists.yaml").read_text(encoding="utf-8")))


def _code(row: Mapping[str, str]) -> Code:
    extra = {key: value for key, value in row.items() if key not in HEADER}
    return Code(row["code"], row["name"], row["name_zh"], *_validity(row), MappingProxyType(extra))


def _validity(row: Mapping[str, str]) -> tuple[date, date | None]:
    end = row["valid_to"]
    return date.fromisoformat(row["valid_from"]), date.fromisoformat(end) if end else None


def _made(file: Traversable, make: Callable[[Mapping[str, str]], Made]) -> tuple[Made, ...]:
    """What the lines of a file declare. Raises LakehouseError CODES-002 for the first that cannot be read."""
    made = []
    for line, row in enumerate(_read(file), start=2):
        try:
            if None in (*row, *row.values()):
                raise ValueError("more or fewer cells than the header")
            made.append(make(row))
        except (KeyError, ValueError) as error:
            said = f"there is no column {error.args[0]}" if isinstance(error, KeyError) else error
            place = str(file).removeprefix(f"{FOLDER}/")
            raise LakehouseError(
                "CODES-002",
                "A line of a code list is not as it should be.",
                where=f"warehouse_models/codes/{place}, line {line}: {said}",
                do="Correct it after the pattern of the others; days are written YYYY-MM-DD.",
            ) from None
    return tuple(made)


def _read(file: Traversable) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
