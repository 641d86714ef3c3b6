"""A declared page as Superset lays it out: rows of charts, filters, and a line about the publication on top."""

from __future__ import annotations

import uuid
from typing import Any

from dashboards.datasets import column_of, columns, identity, tables
from dashboards.declared import Page, charts
from warehouse_models.served import MONTH_ON, spoken

WIDTH = 12  # Superset's grid.
HEIGHTS = {"number": 16, "table": 60}  # In steps of eight pixels.
HEIGHT = 50
# Every page begins with what it shows: which night, and how much of the province is in it.
HEAD = ("published_night", "published_age", "published_coverage", "published_points")
LINKS = {"zh": "English", "en": "中文"}
PERIOD = {"zh": "时间范围", "en": "Period"}
GRAIN = {"zh": "时间粒度", "en": "Time grain"}


def page(name: str, declared: Page, language: str) -> dict[str, Any]:
    """A dashboard of a bundle. It must have passed the check: what it names is there."""
    return {
        "dashboard_title": declared.titled(language),
        "description": declared.told(language),
        "css": CSS,
        "slug": slug(name, language),
        "is_managed_externally": True,
        "uuid": identity("dashboard", name, language),
        "position": _position(name, declared, language),
        "metadata": _metadata(declared, language),
        "certified_by": "",
        "certification_details": "",
        "published": True,
        "version": "1.0.0",
    }


def slug(name: str, language: str) -> str:
    """The last part of a page's address."""
    return name.replace("_", "-") + ("" if language == "zh" else "-en")


# A chart is drawn as wide as its columns of the grid. On a phone the grid is wider than the screen, so that half of it
# fills the screen, and rows wrap; what is wider than the screen, such as a table, is scrolled in its own frame.
# Inside of another system, where there is no menu, the way to the other language would lead to logging in.
CSS = """
.dashboard-component-chart-holder .header-title { font-weight: 600; }
body:not(:has(#main-menu)) .dashboard-markdown a { display: none; }
@media (max-width: 767px) {
  .grid-container { width: calc(200vw - 96px) !important; min-width: calc(200vw - 96px); margin: 0 16px; }
  .grid-row { flex-wrap: wrap; gap: 8px 0; max-width: calc(100vw - 32px); }
  .grid-row .resizable-container { min-width: calc(50vw - 40px) !important; overflow-x: auto; }
  .grid-row .resizable-container { max-width: calc(100vw - 32px) !important; }
  .dashboard-component-chart-holder .header-title, .header-title * { font-size: 13px; overflow-wrap: anywhere; }
  #app { overflow-x: clip; }
}
"""


def _position(name: str, declared: Page, language: str) -> dict[str, Any]:
    rows = [_words(name, declared, language), *_chart_rows((HEAD, *declared.rows), name, language)]
    found: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "parents": ["ROOT_ID"],
            "children": [row["id"] for row, _ in rows],
        },
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": declared.titled(language)}},
    }
    for row, cells in rows:
        found[row["id"]] = row
        found.update({cell["id"]: cell for cell in cells})
    return found


def _words(name: str, declared: Page, language: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the page is about, and the way to it in the other language."""
    other = "en" if language == "zh" else "zh"
    text = f"{declared.told(language)}  \n[{LINKS[language]}](/superset/dashboard/{slug(name, other)}/)"
    cell = _cell("MARKDOWN", f"MARKDOWN-{name}", {"code": text, "width": WIDTH, "height": 10}, "ROW-0")
    return _row("ROW-0", [cell["id"]]), [cell]


def _chart_rows(
    rows: tuple[tuple[str, ...], ...], name: str, language: str
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    found = []
    for place, names in enumerate(rows, start=1):
        row = f"ROW-{place}"
        height = max(HEIGHTS.get(charts()[each].kind, HEIGHT) for each in names)
        cells = [_chart_cell(each, language, WIDTH // len(names), height, row) for each in names]
        found.append((_row(row, [cell["id"] for cell in cells]), cells))
    return found


def _chart_cell(name: str, language: str, width: int, height: int, row: str) -> dict[str, Any]:
    key = identity("chart", name, language)
    meta = {
        "chartId": number(key),  # Superset puts the chart's number here, by its UUID.
        "height": height,
        "sliceName": charts()[name].titled(language),
        "uuid": key,
        "width": width,
    }
    return _cell("CHART", f"CHART-{name}", meta, row)


def number(key: str) -> int:
    """A stand-in for a chart's number inside of a bundle."""
    return uuid.UUID(key).int % 1_000_000_007


def _row(key: str, children: list[str]) -> dict[str, Any]:
    meta = {"background": "BACKGROUND_TRANSPARENT"}
    return {"type": "ROW", "id": key, "parents": ["ROOT_ID", "GRID_ID"], "children": children, "meta": meta}


def _cell(kind: str, key: str, meta: dict[str, Any], row: str) -> dict[str, Any]:
    return {"type": kind, "id": key, "parents": ["ROOT_ID", "GRID_ID", row], "children": [], "meta": meta}


def _metadata(declared: Page, language: str) -> dict[str, Any]:
    return {
        "color_scheme": "supersetColors",
        "cross_filters_enabled": True,
        "default_filters": "{}",
        "expanded_slices": {},
        "filter_bar_orientation": "HORIZONTAL",  # Charts get the whole width, and a phone has room for them.
        "label_colors": {},
        "native_filter_configuration": [
            _period(language),
            *_grain(declared, language),
            *(_choice(name, declared, language) for name in declared.filters),
        ],
        "refresh_frequency": 0,
        "timed_refresh_immune_slices": [],
    }


def _period(language: str) -> dict[str, Any]:
    return _filter("filter_time", PERIOD[language], [{}], language) | {"id": _filter_id("time")}


def _grain(declared: Page, language: str) -> list[dict[str, Any]]:
    """A filter by which months become quarters or years."""
    if not declared.grain:
        return []
    monthly = next(charts()[name].table for name in declared.charts if charts()[name].over == MONTH_ON.name)
    target = {"datasetUuid": identity("dataset", monthly, language)}
    return [_filter("filter_timegrain", GRAIN[language], [target], language) | {"id": _filter_id("grain")}]


def _choice(name: str, declared: Page, language: str) -> dict[str, Any]:
    """A filter by the values of a column, on every table of the page that has it."""
    found = next(table for table in _tables(declared) if column_of(tables()[table], name, language))
    column = column_of(tables()[found], name, language)
    (title,) = (each.column for each in columns(tables()[found], language) if each.name == column)
    says = title.says_zh if language == "zh" else spoken(column or "")
    target = {"column": {"name": column}, "datasetUuid": identity("dataset", found, language)}
    control = {
        "enableEmptyFilter": False,
        "defaultToFirstItem": False,
        "multiSelect": True,
        "searchAllOptions": True,
        "inverseSelection": False,
    }
    return _filter("filter_select", says, [target], language) | {"id": _filter_id(name), "controlValues": control}


def _filter(kind: str, name: str, targets: list[Any], language: str) -> dict[str, Any]:
    """A filter on all charts but those about the publication."""
    excluded = [number(identity("chart", each, language)) for each in HEAD]
    return {
        "cascadeParentIds": [],
        "chartsInScope": [],
        "controlValues": {"enableEmptyFilter": False},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "description": "",
        "filterType": kind,
        "name": name,
        "scope": {"excluded": excluded, "rootPath": ["ROOT_ID"]},
        "tabsInScope": [],
        "targets": targets,
        "type": "NATIVE_FILTER",
    }


def _filter_id(name: str) -> str:
    return f"NATIVE_FILTER-{name}"


def _tables(declared: Page) -> list[str]:
    """Tables that the page's charts show, each once."""
    return list(dict.fromkeys(charts()[name].table for name in declared.charts))
