"""What is declared in `dashboards/superset/`: charts, and the pages that show them. One short YAML file each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lakehouse.errors import LakehouseError

FOLDER = resources.files("dashboards.superset")
Kind = Literal["number", "lines", "bars", "stacked", "ranking", "table"]
Declared = TypeVar("Declared", bound="Titled")


class Titled(BaseModel):
    """Anything with a title, and perhaps a sentence about it, in Chinese and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    title_en: str
    about: str = ""
    about_en: str = ""

    def titled(self, language: str) -> str:
        """The title in a language, `zh` or `en`."""
        return self.title if language == "zh" else self.title_en

    def told(self, language: str) -> str:
        """The sentence about it in a language."""
        return self.about if language == "zh" else self.about_en


class Reference(Titled):
    """A value to compare with, drawn as a line and marked as a reference. The title says whose it is."""

    value: float


class Chart(Titled):
    """One chart.

    table: served table, `<subject>.<table>`.   over: column of its axis.   by: columns that it breaks down by; a code's
    column without `_code` stands for its name in the reader's language.   where: values that columns must have.
    rows: at most so many, the largest first.   alarm: above it, a number is shown in red; other kinds have none."""

    table: str
    kind: Kind
    metrics: tuple[str, ...] = Field(min_length=1)
    over: str | None = None
    by: tuple[str, ...] = ()
    where: Mapping[str, str] = {}
    rows: int = Field(default=1000, ge=1, le=10_000)
    reference: Reference | None = None
    alarm: float | None = None

    @model_validator(mode="after")
    def _only_a_number_alarms(self) -> Chart:
        if self.alarm is not None and self.kind != "number":
            raise ValueError("only a chart of kind `number` has an alarm")
        return self


class Page(Titled):
    """One dashboard. audience: roles that may open it.   filters: columns, named as in a chart's `by`.
    grain: whether readers may make quarters and years of its months; a guest's questions are held to the chart's own.
    rows: names of charts, from top to bottom; those of a row share its width."""

    audience: tuple[str, ...] = Field(min_length=1)
    filters: tuple[str, ...] = ()
    grain: bool = False
    rows: tuple[tuple[str, ...], ...] = Field(min_length=1)

    @property
    def charts(self) -> tuple[str, ...]:
        """Names of its charts, each once, in their order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))


@cache
def charts() -> dict[str, Chart]:
    """All charts by name, which is the name of the file. Raises DASHBOARD-001 for a file that is none."""
    return _read(FOLDER / "charts", Chart)


@cache
def pages() -> dict[str, Page]:
    """All dashboards by name, which is the name of the file. Raises DASHBOARD-001 for a file that is none."""
    return _read(FOLDER / "pages", Page)


def _read(folder: Traversable, kind: type[Declared]) -> dict[str, Declared]:
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {
        file.name.removesuffix(".yaml"): parsed(file.read_text(encoding="utf-8"), kind, f"{folder.name}/{file.name}")
        for file in files
    }


def parsed(text: str, kind: type[Declared], name: str) -> Declared:
    """A declaration from the text of its file. Raises DASHBOARD-001, which says what is wrong where."""
    try:
        return kind.model_validate(_mapping(text))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise LakehouseError(
            "DASHBOARD-001",
            f"{name} declares no {kind.__name__.lower()}: {_first(error)}",
            where=f"dashboards/superset/{name}",
            do="See docs/how-to/add-a-chart.md.",
        ) from None


def _mapping(text: str) -> Mapping[str, Any]:
    found = yaml.safe_load(text)
    if not isinstance(found, dict):
        raise TypeError("it holds no names and values")
    return found


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        return f"{place}: {fault['msg']}." if place else f"{fault['msg'].removeprefix('Value error, ')}."
    return f"{str(error).splitlines()[0]}."
