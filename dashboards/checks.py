"""From page to chart to table to column: everything that a declaration names is there, or one sentence says what is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dashboards.datasets import column_of, columns, metric_of, tables
from dashboards.declared import Chart, Page, Titled
from dashboards.pages import HEAD
from lakehouse.errors import LakehouseError
from warehouse_models.mart import MartTable, Metric
from warehouse_models.served import LANGUAGES, MONTH_ON

ENGINES = ("duckdb", "trino")
# DuckDB counts the midnights between two times and Trino whole days; between two dates they are the same.
WHOLE_DAYS = re.compile(r"DATE_TRUNC\('DAY', (MAX\(\w+\)|CURRENT_DATE)\)")
DO = "See docs/how-to/add-a-chart.md."


def check(pages: Mapping[str, Page], charts: Mapping[str, Chart], roles: Mapping[str, object]) -> list[LakehouseError]:
    """What is wrong between pages, charts, the contracts of tables, and the roles of readers; empty when all is well."""
    found = [_finding(what, where) for name, page in pages.items() for what, where in _page(name, page, charts, roles)]
    found += [_finding(what, where) for name, chart in charts.items() for what, where in _chart(name, chart)]
    shown = {*HEAD, *(name for page in pages.values() for name in page.charts)}
    found += [
        _finding(f"The chart {name} stands on no page.", _file("charts", name)) for name in sorted(set(charts) - shown)
    ]
    found += [_finding(what, table.name) for table in tables().values() for what in _metrics(table)]
    last = Counter(name.rpartition(".")[2] for name in tables())
    doubles = [name for name, count in last.items() if count > 1]
    found += [_finding(f"Two served tables are called {name}; Superset knows one of a name.", name) for name in doubles]
    return found


def _finding(what: str, where: str) -> LakehouseError:
    return LakehouseError("DASHBOARD-002", what, where=where, do=DO)


def _file(folder: str, name: str) -> str:
    return f"dashboards/superset/{folder}/{name}.yaml"


def _page(name: str, page: Page, charts: Mapping[str, Chart], roles: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    where = _file("pages", name)
    yield from (
        (f"The page {name} shows the chart {each}, which is not declared.", where)
        for each in (*HEAD, *page.charts)
        if each not in charts
    )
    yield from (
        (f"The page {name} is for the role {each}, which access.yaml does not declare.", where)
        for each in page.audience
        if each not in roles
    )
    if any(12 % len(row) for row in page.rows):
        yield f"The page {name} has a row whose charts do not share its width evenly: 1, 2, 3, 4 or 6 do.", where
    there = {charts[each].table for each in page.charts if each in charts} & set(tables())
    for each in page.filters:
        if not any(column_of(tables()[table], each, LANGUAGES[0]) for table in there):
            yield f"The page {name} filters by {each}, which no table of its charts has.", where
    if page.grain and not any(charts[each].over == MONTH_ON.name for each in page.charts if each in charts):
        yield f"The page {name} makes quarters of months, which no chart of it has.", where
    yield from _words(page, f"The page {name}", where)


def _words(titled: Titled, who: str, where: str) -> Iterator[tuple[str, str]]:
    if bool(titled.about) != bool(titled.about_en):
        yield f"{who} tells about itself in one language only.", where


def _chart(name: str, chart: Chart) -> Iterator[tuple[str, str]]:
    where = _file("charts", name)
    table = tables().get(chart.table)
    if table is None:
        yield f"The chart {name} shows the table {chart.table}, which is not served.", where
        return
    named = [*chart.by, *chart.where, *((chart.over,) if chart.over else ())]
    missing = [each for each in named if column_of(table, each, LANGUAGES[0]) is None]
    yield from (
        (f"The chart {name} uses the column {each}, which {chart.table} does not have.", where) for each in missing
    )
    unknown = [each for each in chart.metrics if metric_of(table, each) is None]
    yield from (
        (f"The chart {name} shows the metric {each}, which {chart.table} does not declare.", where) for each in unknown
    )
    yield from ((f"The chart {name} {fault}.", where) for fault in _shape(chart))
    yield from _words(chart, f"The chart {name}", where)


def _shape(chart: Chart) -> Iterator[str]:
    """What its kind needs or has no place for."""
    if chart.kind in ("lines", "bars", "stacked", "ranking") and not chart.over:
        yield f"is of kind {chart.kind} and has no axis: say `over`"
    if chart.kind in ("number", "table") and chart.over:
        yield f"is of kind {chart.kind}, which has no axis: leave `over` out"
    if chart.kind == "number" and (chart.by or len(chart.metrics) != 1):
        yield "is a number: it shows one metric, by nothing"
    if chart.kind == "table" and not chart.by:
        yield "is a table without rows: say `by`"


def _metrics(table: MartTable) -> Iterator[str]:
    """Metrics that an engine does not read, or that use columns which their table lacks."""
    there = {each.name for each in columns(table, LANGUAGES[0])}
    for metric in table.metrics:
        used = _used(metric)
        if used is None:
            yield f"The metric {metric.name} of {table.name} is not SQL that {' and '.join(ENGINES)} share."
        elif used - there:
            yield f"The metric {metric.name} of {table.name} uses {', '.join(sorted(used - there))}, which the table does not have."


def _used(metric: Metric) -> set[str] | None:
    """Columns that a metric uses; None when the engines read it differently, or not at all."""
    try:
        trees = [sqlglot.parse_one(metric.sql, read=engine) for engine in ENGINES]
        texts = {WHOLE_DAYS.sub(r"\1", tree.sql(dialect=engine)) for tree in trees for engine in ENGINES}
    except SqlglotError:
        return None
    return {column.name for column in trees[0].find_all(exp.Column)} if len(texts) == 1 else None
