"""What readers see when the publication changes, when it is empty, and when its texts would act in a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest

from dashboards.access import make_reader
from dashboards.client import Superset
from dashboards.datasets import identity
from dashboards.declared import charts
from dashboards.local import LocalSuperset, password
from tests.end_to_end.attacks import DATA, question
from tests.end_to_end.swapped import Shown

TABLE = "spending.income_composition"
ACTING = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "|calc", "%0A", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", '"=1+1"', '""=1+1'),
    *("\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff20SUM(A1)", "{=1+1}", "\ufeff=1+1", "\u200b=1+1", "\u3000=1+1"),
    *("=HYPERLINK(A1)", "=cmd|' /C calc'!A0", "external:c:\\x.xlsx", "internal:Sheet1!A1"),
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def readers(running: LocalSuperset, administrator: Superset, shown: Shown) -> Iterator[dict[str, Superset]]:
    """Who sees everything, and a hospital."""
    with duckdb.connect(str(shown.link / "marts.duckdb"), read_only=True) as connection:
        largest = f"select arg_max(institution_code, income) from {TABLE}"
        (institution,) = connection.execute(largest).fetchone() or ("",)
    with ExitStack() as sessions:
        found = {}
        for name, role, tenant in (
            ("reads-all", "planner", None),
            ("reads-own", "hospital", f"institution-{institution}"),
        ):
            make_reader(administrator, name, password(running.home, name), role, tenant)
            found[name] = sessions.enter_context(running.as_reader(name))
        yield found


@pytest.fixture(scope="module")
def dataset(administrator: Superset) -> int:
    return administrator.numbers("dataset")[identity("dataset", TABLE, "zh")]


def income(session: Superset, dataset: int, force: bool = False) -> float:
    asked = question(dataset, columns=[], metrics=["income"], force=force)
    return float(session.ask("POST", "/chart/data", asked)["result"][0]["data"][0]["income"])


def open_page(session: Superset, page: str) -> None:
    session.ask("GET", f"/dashboard/{page}")


@pytest.mark.parametrize(("name", "page"), [("reads-all", "spending"), ("reads-own", "own")])
def test_a_page_stays_with_its_publication_until_it_is_opened_again(
    readers: dict[str, Superset], dataset: int, shown: Shown, name: str, page: str
) -> None:
    session = readers[name]
    open_page(session, page)
    before = income(session, dataset)
    doubled = shown.altered("000100-doubled", f"update {TABLE} set income = income * 2")
    with shown.showing(doubled):
        assert (income(session, dataset), income(session, dataset, force=True)) == (before, before)
        open_page(session, page)
        assert income(session, dataset) == pytest.approx(2 * before)
    assert income(session, dataset) == before, "the page's publication has gone: what is shown answers"


def test_of_the_publications_before_the_last_one_no_page_is_left(
    readers: dict[str, Superset], dataset: int, shown: Shown
) -> None:
    session = readers["reads-all"]
    open_page(session, "spending")
    before = income(session, dataset)
    second = shown.altered("000101-second", f"update {TABLE} set income = income * 2")
    with shown.showing(second):
        assert income(session, dataset) == before
        third = shown.altered("000102-third", f"update {TABLE} set income = income * 3")
        with shown.showing(third):
            assert income(session, dataset) == pytest.approx(3 * before)


def test_a_publication_without_rows_is_shown_without_errors(
    administrator: Superset, readers: dict[str, Superset], shown: Shown
) -> None:
    with duckdb.connect(str(shown.link / "marts.duckdb"), read_only=True) as connection:
        asked = "select schema_name || '.' || table_name from duckdb_tables() where schema_name <> 'meta'"
        tables = [name for (name,) in connection.execute(asked).fetchall()]
    numbers = administrator.numbers("chart")
    empty = shown.altered("000103-empty", *(f"delete from {table}" for table in tables))
    with shown.showing(empty):
        open_page(administrator, "quality")
        for name in charts():
            (answer,) = administrator.ask("GET", f"/chart/{numbers[identity('chart', name, 'zh')]}/data/")["result"]
            assert answer["error"] is None, name
            if charts()[name].table != "meta.publication":
                assert all(value in (None, 0) for row in answer["data"] for value in row.values()), name


def test_before_the_first_publication_pages_and_charts_say_that_there_is_none(
    readers: dict[str, Superset], dataset: int, shown: Shown
) -> None:
    said = "尚无发布，首次发布后即可查看。 Nothing is published yet; come again after the first night."
    with shown.showing_none():
        for session, page in ((readers["reads-all"], "spending"), (readers["reads-own"], "own")):
            opened = session.send("GET", f"/superset/dashboard/{page}/")
            answer = session.send("POST", DATA, json=question(dataset, columns=[], metrics=["income"]))
            assert (opened.status_code, answer.status_code) == (404, 404)
            assert f"<p>{said}</p>" in opened.text
            assert [error["message"] for error in answer.json()["errors"]] == [said]
    open_page(readers["reads-all"], "spending")
    assert income(readers["reads-all"], dataset) > 0


@pytest.mark.parametrize("name", ["reads-all", "reads-own"])
def test_no_cell_of_an_export_is_a_formula(readers: dict[str, Superset], dataset: int, shown: Shown, name: str) -> None:
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in ACTING)
    spread = f"update {TABLE} set department_zh = [{listed}][1 + rowid % {len(ACTING)}]"
    with shown.showing(shown.altered(f"000104-{name}", spread)):
        open_page(readers[name], "own" if name == "reads-own" else "spending")
        asked: dict[str, Any] = {"columns": ["department_zh", "department_code"], "metrics": ["income"]}
        text = readers[name].send("POST", DATA, json=question(dataset, form="csv", **asked)).content
        book = readers[name].send("POST", DATA, json=question(dataset, form="xlsx", **asked)).content
    assert text.startswith(codecs.BOM_UTF8), "a spreadsheet must not guess the encoding"
    in_csv = {row[0] for row in csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), escapechar="\\")}
    in_book, formulas, links = cells(book)
    assert (formulas, links) == (0, 0)
    inert = {f"'{acting}".replace("\r", "\n") for acting in ACTING}
    for found in (in_csv, in_book):
        assert inert & found == inert if name == "reads-all" else inert & found
        assert not {*ACTING} & found
        assert not any("\r" in cell for cell in found)


def cells(book: bytes) -> tuple[set[str], int, int]:
    """Texts of a workbook's cells, and how many of its cells are formulas and links."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (Superset's own file)
        strings = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314 (Superset's own file)
    texts = {"".join(part.text or "" for part in entry.iter(f"{SHEET}t")) for entry in strings}
    return texts, len([*sheet.iter(f"{SHEET}f")]), len([*sheet.iter(f"{SHEET}hyperlink")])
