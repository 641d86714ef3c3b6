"""The bundle: the same bytes for the same declarations, and nothing in it that Superset would double or leave open."""

from __future__ import annotations

import json
import re

import pytest

from dashboards.access import access, tables_of
from dashboards.bundle import packed, render
from dashboards.datasets import dataset, tables
from dashboards.declared import charts, pages
from dashboards.pages import HEAD
from warehouse_models.served import LANGUAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def of(folder: str) -> dict[str, dict[str, object]]:
    return {path: content for path, content in render().items() if path.startswith(f"{folder}/")}


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert packed(render()) == packed(render())


def test_every_declaration_is_there_in_both_languages() -> None:
    assert len(of("dashboards")) == len(pages()) * len(LANGUAGES)
    assert len(of("charts")) == len(charts()) * len(LANGUAGES)
    assert len({content["uuid"] for content in render().values() if "uuid" in content}) == len(render()) - 1


def test_every_chart_brings_the_question_that_its_page_asks() -> None:
    for path, content in of("charts").items():
        question = json.loads(str(content["query_context"]))
        (query,) = question["queries"]
        assert question["form_data"] == content["params"], path
        assert all(isinstance(metric, str) for metric in query["metrics"]), path
        assert query["extras"]["where"] == query["extras"]["having"] == "", path


def test_every_chart_on_a_page_has_its_uuid_and_name() -> None:
    known = {content["uuid"]: content["slice_name"] for content in of("charts").values()}
    for path, content in of("dashboards").items():
        cells = [cell for cell in content["position"].values() if isinstance(cell, dict) and cell["type"] == "CHART"]  # type: ignore[attr-defined]
        assert len(cells) > len(HEAD), path
        assert all(known[cell["meta"]["uuid"]] == cell["meta"]["sliceName"] for cell in cells), path


def test_datasets_are_physical_tables_with_certified_metrics() -> None:
    for table in tables().values():
        for language in LANGUAGES:
            found = dataset(table, language)
            assert found["sql"] is None
            assert all(metric["extra"]["certification"]["details"] for metric in found["metrics"])
            assert {metric["metric_name"] for metric in found["metrics"]} == {metric.name for metric in table.metrics}


def test_an_english_reader_meets_no_chinese() -> None:
    texts = [
        *(
            text
            for table in tables().values()
            for column in dataset(table, "en")["columns"]
            for text in (column["verbose_name"], column["column_name"])
        ),
        *(metric["verbose_name"] for table in tables().values() for metric in dataset(table, "en")["metrics"]),
        *(str(content["slice_name"]) for path, content in of("charts").items() if path.endswith("_en.yaml")),
        *(str(content["dashboard_title"]) for path, content in of("dashboards").items() if path.endswith("-en.yaml")),
    ]
    assert len(texts) > 150
    assert [text for text in texts if CHINESE.search(text)] == []


def test_a_chinese_reader_meets_chinese() -> None:
    titles = [
        *(str(content["slice_name"]) for path, content in of("charts").items() if path.endswith("_zh.yaml")),
        *(column["verbose_name"] for table in tables().values() for column in dataset(table, "zh")["columns"]),
        *(metric["verbose_name"] for table in tables().values() for metric in dataset(table, "zh")["metrics"]),
    ]
    assert len(titles) > 100
    assert [title for title in titles if not CHINESE.search(title)] == []


def test_what_a_hospital_may_open_is_its_own_page() -> None:
    assert [name for name, page in pages().items() if "hospital" in page.audience] == ["own"]
    assert tables_of("hospital", pages()) <= set(tables())
    assert {role.rows for role in access().roles.values()} == {"all", "region", "institution", "open"}


def test_what_everybody_may_open_shows_open_tables_only() -> None:
    assert [name for name, page in pages().items() if "public" in page.audience] == ["public"]
    assert tables_of("public", pages()) == {"public.overview", "meta.publication"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", tables())
def test_no_two_columns_of_a_dataset_have_one_name(name: str, language: str) -> None:
    named = [column["verbose_name"] for column in dataset(tables()[name], language)["columns"]]
    assert len(set(named)) == len(named)
