"""The check follows every name from page to chart to table to column, and says in one sentence what is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards import checks, datasets
from dashboards.access import access
from dashboards.declared import Chart, Page, charts, pages, parsed
from lakehouse.errors import LakehouseError
from warehouse_models.mart import Form, MartTable, Metric
from warehouse_models.registry import marts

INCOME = marts()["spending.income_composition"]
GOOD = {
    "title": "题",
    "title_en": "Title",
    "table": INCOME.name,
    "kind": "bars",
    "metrics": ["income"],
    "over": "month_on",
}


def found(page: Page | None = None, chart: Chart | None = None) -> list[str]:
    """What the check says of one more page, or of one more chart that a page shows."""
    more = {"extra": chart} if chart else {}
    shown = Page(title="页", title_en="Page", audience=("analyst",), rows=(("extra",),)) if chart else None
    added = {"extra": page or shown} if page or shown else {}
    return [error.what for error in checks.check({**pages(), **added}, {**charts(), **more}, access().roles)]


def chart(**changes: object) -> Chart:
    return Chart.model_validate(GOOD | changes)


def page(**changes: object) -> Page:
    base = {"title": "页", "title_en": "Page", "audience": ["analyst"], "rows": [["income_total"]]}
    return Page.model_validate(base | changes)


def test_what_is_declared_is_well() -> None:
    assert len(pages()) >= 4
    assert len(charts()) >= 30
    assert found() == []
    assert found(page=page()) == []
    assert found(chart=chart(by=["channel"])) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"table": "spending.none"}, "The chart extra shows the table spending.none, which is not served."),
        (
            {"by": ["chanel"]},
            "The chart extra uses the column chanel, which spending.income_composition does not have.",
        ),
        (
            {"where": {"ward": "1"}},
            "The chart extra uses the column ward, which spending.income_composition does not have.",
        ),
        (
            {"over": "week_on"},
            "The chart extra uses the column week_on, which spending.income_composition does not have.",
        ),
        (
            {"metrics": ["incom"]},
            "The chart extra shows the metric incom, which spending.income_composition does not declare.",
        ),
        ({"over": None}, "The chart extra is of kind bars and has no axis: say `over`."),
        ({"kind": "number"}, "The chart extra is of kind number, which has no axis: leave `over` out."),
        (
            {"kind": "number", "over": None, "by": ["channel"]},
            "The chart extra is a number: it shows one metric, by nothing.",
        ),
        ({"kind": "table", "over": None}, "The chart extra is a table without rows: say `by`."),
        ({"about": "仅中文"}, "The chart extra tells about itself in one language only."),
    ],
)
def test_a_broken_chart_is_named(changes: dict[str, object], says: str) -> None:
    assert found(chart=chart(**changes)) == [says]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"grain": True}, "The page extra makes quarters of months, which no chart of it has."),
        ({"rows": [["income_totl"]]}, "The page extra shows the chart income_totl, which is not declared."),
        ({"audience": ["analysts"]}, "The page extra is for the role analysts, which access.yaml does not declare."),
        ({"filters": ["ward"]}, "The page extra filters by ward, which no table of its charts has."),
        (
            {"rows": [["income_total"] * 5]},
            "The page extra has a row whose charts do not share its width evenly: 1, 2, 3, 4 or 6 do.",
        ),
    ],
)
def test_a_broken_page_is_named(changes: dict[str, object], says: str) -> None:
    assert found(page=page(**changes)) == [says]


def test_a_chart_on_no_page_is_named() -> None:
    (error,) = checks.check(pages(), {**charts(), "lonely": chart()}, access().roles)
    assert error.what == "The chart lonely stands on no page."


def test_a_column_renamed_in_a_contract_names_every_chart_that_used_it(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = tuple(replace(each, name="way_code") if each.name == "channel_code" else each for each in INCOME.columns)
    key = tuple("way_code" if name == "channel_code" else name for name in INCOME.key)
    _serve(monkeypatch, replace(INCOME, columns=renamed, key=key))
    users = {
        name for name, each in charts().items() if each.table == INCOME.name and "channel" in (*each.by, each.over)
    }
    assert len(users) >= 2
    named = {f"The chart {name} uses the column channel, which {INCOME.name} does not have." for name in users}
    assert set(found()) == named | {"The page spending filters by channel, which no table of its charts has."}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SUM(incom)", "The metric bad of spending.income_composition uses incom, which the table does not have."),
        ("SUM(income", "The metric bad of spending.income_composition is not SQL that duckdb and trino share."),
        ("LIST(income)", "The metric bad of spending.income_composition is not SQL that duckdb and trino share."),
    ],
)
def test_a_metric_that_an_engine_does_not_read_is_named(monkeypatch: pytest.MonkeyPatch, sql: str, says: str) -> None:
    bad = Metric("bad", "Bad.", "坏", sql, Form.COUNT)
    _serve(monkeypatch, replace(INCOME, metrics=(*INCOME.metrics, bad)))
    assert found() == [says]


def _serve(monkeypatch: pytest.MonkeyPatch, table: MartTable) -> None:
    served = {**datasets.tables(), table.name: table}
    monkeypatch.setattr(checks, "tables", lambda: served)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: 题", "charts/x.yaml declares no chart: title_en: Field required."),
        ("title: [", "charts/x.yaml declares no chart: while parsing a flow node."),
        ("just words", "charts/x.yaml declares no chart: it holds no names and values."),
        (
            "{title: 题, title_en: T, table: a.b, kind: lines, metrics: [m], alarm: 2}",
            "charts/x.yaml declares no chart: only a chart of kind `number` has an alarm.",
        ),
    ],
)
def test_a_file_that_is_no_chart_says_why(text: str, says: str) -> None:
    with pytest.raises(LakehouseError) as error:
        parsed(text, Chart, "charts/x.yaml")
    assert (error.value.code, error.value.what) == ("DASHBOARD-001", says)
