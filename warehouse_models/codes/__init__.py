"""National code lists with their effective dates, known misspellings, and crosswalks from vendors' codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

import yaml

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
    return CodeList(list_name, titles["title"], titles["title_zh"], titles["source"], tuple(_codes(list_name)))


@cache
def misspellings() -> tuple[Misspelling, ...]:
    """All known misspellings, of all lists."""
    return tuple(Misspelling(row["list"], row["written"], row["meant"]) for row in _read(FOLDER / "misspellings.csv"))


@cache
def crosswalk(dialect: str, list_name: str) -> tuple[Crossing, ...]:
    """How a dialect writes the codes of a list; empty where it writes them as the standard does."""
    file = FOLDER / "crosswalks" / dialect / f"{list_name}.csv"
    if not file.is_file():
        return ()
    return tuple(
        Crossing(row["written"], row["code"], date.fromisoformat(row["valid_from"]), _end(row["valid_to"]))
        for row in _read(file)
    )


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
    return MappingProxyType({date.fromisoformat(row["date"]): row["kind"] for row in _read(FOLDER / "calendar.csv")})


def is_workday(day: date) -> bool:
    """Whether people work on that day: Monday to Friday, but for the calendar's exceptions."""
    kind = calendar().get(day)
    return day.weekday() < 5 if kind is None else kind == "workday"


@cache
def _titles() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(yaml.safe_load((FOLDER / "lists.yaml").read_text(encoding="utf-8")))


def _codes(list_name: str) -> Iterator[Code]:
    for row in _read(FOLDER / f"{list_name}.csv"):
        extra = {key: value for key, value in row.items() if key not in HEADER}
        begin, end = date.fromisoformat(row["valid_from"]), _end(row["valid_to"])
        yield Code(row["code"], row["name"], row["name_zh"], begin, end, MappingProxyType(extra))


def _end(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(file: Traversable) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
