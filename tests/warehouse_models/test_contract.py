"""A declaration that contradicts itself is refused when it is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warehouse_models.contract import Column, ConformedTable, ExchangeTable, Identifier, Parent, Type, conformed
from warehouse_models.mart import MartTable

STAMP = Column("updated_at", Type.TIME, "When the version was made.", "版本时间", required=True)
NUMBER = Column("visit_id", Type.TEXT, "Number of the visit.", "就诊号", required=True)
NAME = Column("name", Type.TEXT, "Name of the patient.", "姓名", identifier=Identifier.NAME, level=4)
STARTED = Column("started_at", Type.TIME, "Start of the visit.", "接诊时间", required=True)
VISIT = ExchangeTable(
    name="visit",
    title="Visits",
    title_zh="就诊",
    grain="one row per visit",
    key=("visit_id",),
    columns=(NUMBER, NAME, STARTED, STAMP),
    month_of="started_at",
)


@pytest.mark.parametrize("name", ["Visit", "visit id", "1st", "visit__id", "_visit", "就诊"])
def test_a_column_is_named_in_lower_case_words(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        replace(NUMBER, name=name)


@pytest.mark.parametrize("meaning", [{"says": ""}, {"says_zh": ""}])
def test_a_column_says_in_both_languages_what_it_holds(meaning: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="English and in Chinese"):
        replace(NUMBER, **meaning)


@pytest.mark.parametrize("part", [{"type": Type.CODE}, {"codes": "sex"}])
def test_a_code_and_only_a_code_has_a_code_list(part: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="code list"):
        replace(NUMBER, **part)


def test_an_identifier_is_text() -> None:
    with pytest.raises(ValueError, match="text on the wire"):
        replace(STAMP, identifier=Identifier.PHONE)


def test_a_table_has_no_column_twice() -> None:
    with pytest.raises(ValueError, match="named twice"):
        replace(VISIT, columns=(*VISIT.columns, NAME))


@pytest.mark.parametrize(
    "part",
    [
        {"key": ("nothing",)},
        {"month_of": "nothing"},
        {"version": "nothing"},
        {"amount": "nothing"},
        {"parents": (Parent("person", ("nothing",)),)},
    ],
)
def test_a_table_points_at_columns_that_it_has(part: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no such columns"):
        replace(VISIT, **part)


@pytest.mark.parametrize("name", ["visit_id", "started_at", "updated_at"])
def test_key_month_and_version_are_required(name: str) -> None:
    columns = tuple(replace(each, required=each.required and each.name != name) for each in VISIT.columns)
    with pytest.raises(ValueError, match="must be required"):
        replace(VISIT, columns=columns)


def test_landing_leaves_a_token_in_place_of_an_identifier() -> None:
    landed = {column.name: column.type for column in VISIT.landed_columns}
    assert landed == {
        "visit_id": Type.TEXT,
        "name_token": Type.TOKEN,
        "started_at": Type.TIME,
        "updated_at": Type.TIME,
    }


def test_a_deletion_names_key_event_and_version() -> None:
    assert [column.name for column in VISIT.deletion_columns] == ["visit_id", "original_event_on", "updated_at"]
    register = replace(VISIT, month_of=None)
    assert [column.name for column in register.deletion_columns] == ["visit_id", "updated_at"]


def test_a_conformed_table_takes_over_drops_renames_and_adds() -> None:
    is_long = Column("is_long", Type.FLAG, "Took long.", "是否长", derive="true")
    table = conformed(
        "records.visit", VISIT, adds=[is_long], drops=["started_at"], renames={"name_token": "person_key"}
    )
    assert [column.name for column in table.columns] == ["visit_id", "person_key", "updated_at", "is_long"]
    assert table.origins["person_key"] == "name"
    assert table.key == ("point_id", "visit_id")
    stored = [column.name for column in table.stored_columns]
    assert (stored[:2], stored[-3:]) == (["point_id", "month"], ["sequence", "fence", "is_deleted"])
    assert set(table.digest_columns) == {"point_id", "visit_id", "person_key", "updated_at", "is_long"}


@pytest.mark.parametrize("how", [{"drops": ["name"]}, {"renames": {"name": "person"}}])
def test_a_conformed_table_knows_landed_names_only(how: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot drop or rename"):
        conformed("records.visit", VISIT, **how)  # type: ignore[arg-type]


def test_an_added_column_says_how_it_is_made() -> None:
    with pytest.raises(ValueError, match="derive"):
        conformed("records.visit", VISIT, adds=[Column("is_long", Type.FLAG, "Took long.", "是否长")])


def test_a_conformed_table_refuses_an_identifier() -> None:
    with pytest.raises(ValueError, match="behind landing"):
        ConformedTable("records.visit", VISIT, (NUMBER, NAME), {})


@pytest.mark.parametrize("part", [{"key": ("nothing",)}, {"month": "nothing"}])
def test_a_mart_points_at_columns_that_it_has(part: dict[str, object]) -> None:
    month = Column("month", Type.TEXT, "Month.", "月份", required=True)
    mart = MartTable(
        "records.visits", "Visits", "就诊量", "one row per month", ("month",), ("records.visit",), (month,)
    )
    with pytest.raises(ValueError, match="no such columns"):
        replace(mart, **part)
