"""Tables are found by their path; what is declared elsewhere is named."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot

from lakehouse.errors import LakehouseError
from warehouse_models import registry
from warehouse_models.mart import MartTable

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("lakehouse", "expectations", "jobs", "dashboards", "dags")
TABLE = """
from warehouse_models.contract import Column, ExchangeTable, Type
NUMBER = Column("visit_id", Type.TEXT, "Number.", "编号", required=True)
STAMP = Column("updated_at", Type.TIME, "Version.", "版本", required=True)
VISIT = ExchangeTable("{name}", "Visits", "就诊", "one row per visit", ("visit_id",), (NUMBER, STAMP))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package of declarations named `some_models`."""
    folder = tmp_path / "some_models"
    (folder / "exchange").mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "some_models"]:
        del sys.modules[name]


def test_a_table_is_found_where_its_name_says(package: Path) -> None:
    (package / "exchange" / "visit.py").write_text(TABLE.format(name="visit"))
    (package / "exchange" / "vocabulary.py").write_text("NUMBER = 1")
    tables, misplaced = registry.find("some_models")
    assert (list(tables), misplaced) == (["visit"], ())


def test_a_table_of_another_name_is_misplaced(package: Path) -> None:
    (package / "exchange" / "visit.py").write_text(TABLE.format(name="encounter"))
    tables, misplaced = registry.find("some_models")
    assert tables == {}
    assert misplaced == ("some_models.exchange.visit declares a table named encounter instead of visit.",)


def test_a_file_without_its_table_is_misplaced(package: Path) -> None:
    (package / "exchange" / "encounter.py").write_text(TABLE.format(name="encounter"))
    assert registry.find("some_models")[1] == (
        "some_models.exchange.encounter declares no ExchangeTable named ENCOUNTER.",
    )


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        (', "编号"', "", 3, "Column.__init__() missing 1 required positional argument: 'says_zh'"),
        ("编号", "", 3, "column visit_id: needs its meaning in English and in Chinese"),
        ("Type.TEXT", "Type.CODE", 3, "column visit_id: a code needs its code list, and only a code has one"),
        ('("visit_id",)', '("visit",)', 5, "table visit: no such columns: ['visit']"),
        ("(NUMBER, STAMP)", "(NUMBER, STAMP, NUMBER)", 5, "table visit: columns named twice: ['visit_id']"),
    ],
)
def test_a_declaration_that_refuses_itself_is_one_sentence_with_its_line(
    package: Path, right: str, wrong: str, line: int, said: str
) -> None:
    (package / "exchange" / "visit.py").write_text(TABLE.format(name="visit").replace(right, wrong))
    with pytest.raises(LakehouseError) as error:
        registry.find("some_models")
    assert error.value.code == "REGISTRY-002"
    assert error.value.where == f"some_models/exchange/visit.py, line {line}: {said}"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('conformed("resources.visit", VISIT, drops=["ghost"])', "cannot drop or rename ['ghost']: not in visit"),
        ('conformed("resources.visit", VISIT, adds=[VISIT.column("ghost")])', "there is no visit.ghost"),
    ],
)
def test_a_column_that_is_not_delivered_is_named(package: Path, expression: str, said: str) -> None:
    (package / "exchange" / "visit.py").write_text(TABLE.format(name="visit"))
    (package / "resources").mkdir()
    imports = "from warehouse_models.contract import conformed\nfrom some_models.exchange.visit import VISIT\n"
    (package / "resources" / "visit.py").write_text(f"{imports}VISIT = {expression}\n")
    with pytest.raises(LakehouseError, match=r"REGISTRY-002: .*\(some_models/resources/visit\.py, line 3: ") as error:
        registry.find("some_models")
    assert error.value.where.endswith(said)


def test_what_a_table_imports_is_named_where_it_stands(package: Path) -> None:
    (package / "exchange" / "visit.py").write_text("from some_models.exchange import vocabulary\n")
    (package / "exchange" / "vocabulary.py").write_text("NUMBER = {}['visit_id']\n")
    with pytest.raises(LakehouseError, match=r"some_models/exchange/vocabulary\.py, line 1: there is no visit_id"):
        registry.find("some_models")


def test_programs_have_their_tables_from_the_registry() -> None:
    """Who imports a declaration by itself would end in a traceback where it refuses itself."""
    places = "|".join(["exchange", "marts", *registry.DATABASES])
    files = [file for folder in PROGRAMS for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    own = re.compile(rf"^\s*(from|import) warehouse_models\.({places})\b", re.MULTILINE)
    assert [file for file in files if own.search(file.read_text(encoding="utf-8"))] == []


def test_the_first_ten_tables_are_found() -> None:
    assert set(registry.exchange()) >= {
        "institution",
        "practitioner",
        "practitioner_registration",
        "drug_catalogue",
        "person",
        "encounter",
        "encounter_diagnosis",
        "prescription",
        "prescription_item",
        "charge_item",
    }
    assert registry.catalogue().misplaced == ()


def test_every_table_comes_after_its_parents_and_before_its_children() -> None:
    order = registry.order()
    assert sorted(order) == sorted(registry.exchange())
    pairs = [(parent.table, name) for name, table in registry.exchange().items() for parent in table.parents]
    assert len(pairs) >= 8
    assert all(order.index(parent) < order.index(child) for parent, child in pairs)


def test_every_delivered_table_becomes_one_of_the_four_databases() -> None:
    assert registry.conformed_of("encounter").name == "medical_records.encounter"
    assert {registry.conformed_of(name).source.name for name in registry.exchange()} == set(registry.exchange())
    with pytest.raises(KeyError):
        registry.conformed_of("ghost")


def test_the_sql_of_a_mart_selects_its_columns_in_order() -> None:
    """The contract and the SQL beside it list the same columns: what is built is what is documented."""
    assert registry.marts()
    for mart in registry.marts().values():
        sql = registry.sql_of(mart).replace("{", "").replace("}", "")
        selected = sqlglot.parse_one(sql, read="spark").named_selects
        assert selected == [column.name for column in mart.columns], mart.name


def test_a_mart_without_sql_is_an_error_that_names_the_file() -> None:
    mart = next(iter(registry.marts().values()))
    ghost = MartTable("use.ghosts", "Ghosts", "无", "one row", mart.key, (), mart.columns, mart.month)
    with pytest.raises(LakehouseError, match=r"marts/use/ghosts\.sql"):
        registry.sql_of(ghost)
