"""What readers of dashboards get: every figure through the chart-data interface against the marts, and assets applied twice."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from dashboards.apply import apply, prune
from dashboards.bundle import render
from dashboards.client import Superset
from dashboards.datasets import identity
from dashboards.declared import charts, pages
from dashboards.pages import HEAD
from tests.end_to_end.conftest import BuiltNight
from tests.end_to_end.shown import Row, all_rows, as_asked, expected, same, without_stamps


@pytest.fixture(scope="module")
def rows(built_night: BuiltNight) -> dict[str, list[Row]]:
    """The rows of each served table."""
    return all_rows(built_night)


@pytest.fixture(scope="module")
def numbers(administrator: Superset) -> dict[str, int]:
    """UUID -> number of each chart."""
    return administrator.numbers("chart")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", charts())
def test_every_charts_numbers_are_those_of_the_marts(
    administrator: Superset, numbers: dict[str, int], rows: dict[str, list[Row]], name: str, language: str
) -> None:
    chart = charts()[name]
    number = numbers[identity("chart", name, language)]
    (answer,) = administrator.ask("GET", f"/chart/{number}/data/?force=true")["result"]
    found: list[Row] = answer["data"]
    wanted = [
        {key: as_asked(value) for key, value in row.items()} for row in expected(chart, rows[chart.table], language)
    ]
    wanted.sort(key=lambda row: -(row[chart.metrics[0]] or 0))
    assert len(found) == min(len(wanted), chart.rows)
    first = chart.metrics[0]
    assert all(same(row[first], other[first]) for row, other in zip(found, wanted, strict=False))
    keys = [key for key in found[0] if key not in chart.metrics]
    by_group = {tuple(row[key] for key in keys): row for row in wanted}
    wrong = [
        row
        for row in found
        if not all(same(value, by_group[tuple(row[key] for key in keys)][column]) for column, value in row.items())
    ]
    assert wrong == []


def test_applying_twice_changes_nothing_and_exports_what_was_imported(administrator: Superset) -> None:
    before = without_stamps(administrator.given())
    apply(administrator, render())
    assert without_stamps(administrator.given()) == before
    administrator.call("POST", "/assets/import/", files={"bundle": ("b.zip", _zipped(before), "application/zip")})
    assert without_stamps(administrator.given()) == before


def _zipped(assets: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("export/metadata.yaml", "version: 1.0.0\ntype: assets\n")
        for path, text in assets.items():
            bundle.writestr(f"export/{path}", text)
    return buffer.getvalue()


def test_pruning_takes_what_is_no_longer_declared_and_leaves_what_people_made(administrator: Superset) -> None:
    (dataset, *_) = administrator.listed("dataset")
    own = {
        "slice_name": "An analyst's own",
        "viz_type": "table",
        "datasource_id": dataset["id"],
        "datasource_type": "table",
        "params": "{}",
    }
    made = administrator.ask("POST", "/chart/", own)["id"]
    assets = render()
    assert prune(administrator, assets) == []
    fewer = {path: content for path, content in assets.items() if "spending" not in path or "datasets" in path}
    gone = sorted(f"dashboard {identity('dashboard', 'spending', language)}" for language in ("zh", "en"))
    assert sorted(prune(administrator, fewer)) == gone
    assert made in {each["id"] for each in administrator.listed("chart")}
    administrator.remove("chart", made)
    apply(administrator, assets)
    assert {each["slug"] for each in administrator.listed("dashboard", ("slug",))} == {
        slug for name in pages() for slug in (name, f"{name}-en")
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_begins_with_the_publication(administrator: Superset, language: str) -> None:
    numbers = administrator.numbers("dashboard")
    for name in pages():
        page = administrator.ask("GET", f"/dashboard/{numbers[identity('dashboard', name, language)]}")["result"]
        position = json.loads(page["position_json"])
        first = [position[cell]["meta"]["sliceName"] for cell in position["ROW-1"]["children"]]
        assert first == [charts()[each].titled(language) for each in HEAD]
