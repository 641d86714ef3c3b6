"""A hundred publications shown one after another while eight readers look at pages: none fails, none mixes two of them.

Each publication is the demonstration's with every figure times its number, and its night as many days later: an answer
says of which publication it is.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from dashboards.access import make_reader
from dashboards.client import Superset
from dashboards.datasets import identity, metric_of, tables
from dashboards.declared import charts, pages
from dashboards.demonstration import tenants
from dashboards.local import LocalSuperset, password
from dashboards.pages import HEAD
from jobs.serving import show

READERS, PUBLICATIONS = 8, 100
LOOKS = (("planner", "spending"), ("hospital", "own"))  # Half of the readers each.
DAY = 86_400_000
LOGIN_SECONDS = 600.0
FIGURES = """
    select schema_name || '.' || table_name, list(column_name) from duckdb_columns()
    where schema_name not in ('meta', 'main') and not internal and (data_type like 'DECIMAL%' or data_type in ('INTEGER', 'DOUBLE'))
        and table_oid in (select table_oid from duckdb_tables()) group by all
"""


@dataclass
class Looked:
    """What the readers found. pages: that were loaded.   across: of them, those during which another publication was
    shown.   failed: charts without an answer, and why.   mixed: pages with the publications that were on them."""

    pages: int = 0
    across: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    mixed: list[list[int]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


@dataclass
class Stand:
    """The publication that is shown, and the one that each reader's page began with."""

    link: Path
    shown: int = 1
    began: dict[str, int] = field(default_factory=dict)
    over: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, reader: str) -> int:
        """A reader opens a page."""
        with self.changed:
            self.began[reader] = self.shown
            self.changed.notify_all()
            return self.shown

    def next(self) -> None:
        """Show the next publication as soon as every reader's page began with the one that is shown."""
        with self.changed:
            self.changed.wait_for(lambda: [*self.began.values()] == [self.shown] * READERS, timeout=600)
            self.shown += 1
            show(multiplied(self.link, self.shown), self.link)


def multiplied(link: Path, number: int) -> Path:
    """The folder of a publication, made from the first."""
    folder = link.with_name(f"{number:06d}-made")
    shutil.copytree(link.parent.with_name("first"), folder)
    with duckdb.connect(str(folder / "marts.duckdb")) as connection:
        for table, columns in connection.execute(FIGURES).fetchall():
            said = ", ".join(f"{column} = {column} * {number}" for column in columns)
            connection.execute(f"update {table} set {said}")
        connection.execute(f"update meta.publication set number = {number}, night = night + {number}")
    return folder


def look(running: LocalSuperset, link: Path, report: Callable[[str], None]) -> Looked:
    """Show publication after publication while readers look. link: in a folder of its own, beside which `first` lies."""
    stand, looked = Stand(link), Looked()
    show(multiplied(link, 1), link)
    with running.as_administrator() as session:
        numbers, sessions = session.numbers("chart"), ExitStack()
        whose = tenants(link / "marts.duckdb")
        for place in range(READERS):
            make_reader(session, f"looks-{place}", password(running.home, f"looks-{place}"), *_of(place, whose))
    with sessions:
        readers = [
            Reader(name, sessions.enter_context(running.as_reader(name)), page, _asked(page, numbers))
            for name, page in ((f"looks-{place}", LOOKS[place % 2][1]) for place in range(READERS))
        ]
        for reader in readers:
            reader.base = reader.load(looked.failed)
        threads = [threading.Thread(target=_reads, args=(stand, looked, reader)) for reader in readers]
        for thread in threads:
            thread.start()
        try:
            for number in range(2, PUBLICATIONS + 1):
                stand.next()
                if number % 10 == 0:
                    report(
                        f"{number} publications, {looked.pages} pages, {sum(looked.failed.values())} failed, {len(looked.mixed)} mixed"
                    )
        finally:
            stand.over = True
            for thread in threads:
                thread.join()
    return looked


def _asked(page: str, numbers: Mapping[str, int]) -> dict[str, int]:
    return {each: numbers[identity("chart", each, "zh")] for each in (*HEAD, *pages()[page].charts)}


def _of(place: int, whose: Mapping[str, str | None]) -> tuple[str, str | None]:
    role, _ = LOOKS[place % 2]
    return role, whose[role]


@dataclass
class Reader:
    """Someone who loads a page again and again. charts: their numbers, by name.   base: what each showed in publication 1."""

    name: str
    user: Superset
    page: str
    charts: Mapping[str, int]
    base: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)

    def load(self, failed: Counter[str]) -> dict[str, float]:
        """Open the page and ask for all of its charts: the figures that say of which publication they are."""
        if time.monotonic() - self.since > LOGIN_SECONDS:
            self.user.log_in()
            self.since = time.monotonic()
        opened = self.user.send("GET", f"/api/v1/dashboard/{self.page}")
        failed.update([f"{self.page}: {opened.status_code} {opened.text[:200]}"] if opened.is_error else [])
        found = {}
        for chart, number in self.charts.items():
            answer = self.user.send("GET", f"/api/v1/chart/{number}/data/")
            if answer.is_error or answer.json()["result"][0]["error"]:
                failed[f"{chart}: {answer.status_code} {answer.text[:200]}"] += 1
            elif (figure := _figure(chart, answer.json()["result"][0]["data"])) is not None:
                found[chart] = figure
        return found

    def publications(self, figures: Mapping[str, float]) -> set[int]:
        """Of which publications the figures are."""
        nights = {"published_night"} & figures.keys()
        of_nights = {round(figures[chart] - self.base[chart]) + 1 for chart in nights}
        return of_nights | {round(figures[chart] / self.base[chart]) for chart in figures.keys() - nights}


def _reads(stand: Stand, looked: Looked, reader: Reader) -> None:
    while not stand.over:
        before = stand.begin(reader.name)
        _note(stand, looked, before, reader.publications(reader.load(looked.failed)))


def _figure(chart: str, rows: list[dict[str, Any]]) -> float | None:
    """What says of which publication an answer is; None when nothing does, as a share does not."""
    declared = charts()[chart]
    metric = metric_of(tables()[declared.table], declared.metrics[0])
    if chart == "published_night":
        return float(rows[0]["night"]) / DAY
    if declared.table.startswith("meta.") or metric is None or not metric.sql.startswith("SUM("):
        return None
    return float(sum(row[metric.name] or 0 for row in rows)) or None


def _note(stand: Stand, looked: Looked, before: int, found: set[int]) -> None:
    with stand.changed:
        looked.pages += 1
        looked.across += stand.shown != before
        looked.seen |= found
        if len(found) != 1 or not found <= {before, before + 1}:  # It may change just before the page is asked for.
            looked.mixed.append([before, *sorted(found)])
