"""Every defect of tables and columns is found, with its code; sound declarations give none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.warehouse_models.declarations import (
    KIND,
    MART,
    NUMBER,
    PERSON,
    SOUND,
    VISIT,
    VISIT_ID,
    codes_of,
    column,
    with_column,
    with_mart,
    with_visit,
)
from warehouse_models.catalogue import Catalogue
from warehouse_models.checks import check
from warehouse_models.contract import ConformedTable, Identifier, Parent, Type, conformed
from warehouse_models.registry import check as check_registry


def test_the_declarations_of_this_checkout_agree() -> None:
    assert [str(finding) for finding in check_registry()] == []


def test_sound_declarations_give_no_finding() -> None:
    assert [str(finding) for finding in check(SOUND)] == []


def test_a_finding_says_what_is_wrong_where_and_what_to_do() -> None:
    (finding,) = check(with_column(replace(KIND, name="color_code", codes="colors")))
    assert finding.code == "CONTRACTS-002"
    assert finding.what == "visit.color_code names the code list colors, which is unknown."
    assert finding.where == "warehouse_models/exchange/visit.py, color_code"
    assert finding.do


def unknown_parent() -> Catalogue:
    return with_visit(parents=(Parent("ghost", ("patient_id",)),))


def parent_with_wrong_key() -> Catalogue:
    return with_visit(parents=(Parent("person", ("patient_id", "visit_id")),))


def parent_with_wrong_type() -> Catalogue:
    return with_visit(parents=(Parent("person", ("started_at",)),))


def cycle() -> Catalogue:
    person = replace(PERSON, columns=(*PERSON.columns, VISIT_ID), parents=(Parent("visit", ("visit_id",)),))
    tables = {"people.person": conformed("people.person", person), "records.visit": SOUND.conformed["records.visit"]}
    exchange = {"person": person, "visit": VISIT}
    return replace(SOUND, exchange=exchange, conformed=tables, dialects={}, crosswalks={})


def one_name_in_two_databases() -> Catalogue:
    twin = conformed("people.visit", PERSON)
    return replace(SOUND, conformed={"people.visit": twin, "records.visit": SOUND.conformed["records.visit"]})


def a_column_that_the_merge_keeps_for_itself() -> Catalogue:
    return with_column(column("sequence", Type.INTEGER))


def identifier_in_a_mart() -> Catalogue:
    return with_mart(columns=(*MART.columns, column("name", identifier=Identifier.NAME)))


def token_in_a_mart() -> Catalogue:
    return with_mart(columns=(*MART.columns, column("person_key", Type.TOKEN)))


def personal_column_in_a_mart() -> Catalogue:
    return with_mart(columns=(*MART.columns, column("note", level=4)))


def key_lost_on_the_way() -> Catalogue:
    table = conformed("records.visit", VISIT, drops=["visit_id"])
    return replace(SOUND, conformed={**SOUND.conformed, "records.visit": table})


def no_table_behind() -> Catalogue:
    return replace(SOUND, conformed={"records.visit": SOUND.conformed["records.visit"]})


def two_tables_behind() -> Catalogue:
    twin = conformed("records.person", PERSON)
    return replace(SOUND, conformed={**SOUND.conformed, "records.person": twin})


TABLES: dict[str, tuple[str, Callable[[], Catalogue]]] = {
    "misplaced": ("CONTRACTS-001", lambda: replace(SOUND, misplaced=("a.b declares nothing.",))),
    "unknown code list": ("CONTRACTS-002", lambda: with_column(column("color_code", Type.CODE, codes="colors"))),
    "no key": ("CONTRACTS-003", lambda: with_visit(key=())),
    "key lost on the way": ("CONTRACTS-003", key_lost_on_the_way),
    "unknown parent": ("CONTRACTS-004", unknown_parent),
    "parent's key is shorter": ("CONTRACTS-004", parent_with_wrong_key),
    "parent's key is of another type": ("CONTRACTS-004", parent_with_wrong_type),
    "circle of parents": ("CONTRACTS-005", cycle),
    "one name in two databases": ("CONTRACTS-006", one_name_in_two_databases),
    "a column twice": ("CONTRACTS-006", a_column_that_the_merge_keeps_for_itself),
    "identifier in a mart": ("CONTRACTS-007", identifier_in_a_mart),
    "token in a mart": ("CONTRACTS-007", token_in_a_mart),
    "personal column in a mart": ("CONTRACTS-007", personal_column_in_a_mart),
    "English is blank": ("CONTRACTS-008", lambda: with_column(column("note", says=" "))),
    "English is Chinese": ("CONTRACTS-008", lambda: with_column(column("note", says="备注"))),
    "Chinese is English": ("CONTRACTS-008", lambda: with_column(column("note", says_zh="Note"))),
    "title without Chinese": ("CONTRACTS-008", lambda: with_visit(title_zh="Visits")),
    "one name, two types": ("CONTRACTS-009", lambda: with_column(column("month", Type.INTEGER))),
    "minimum above maximum": (
        "CONTRACTS-010",
        lambda: with_column(column("age", Type.INTEGER, minimum=Decimal(9), maximum=Decimal(1))),
    ),
    "no regular expression": ("CONTRACTS-010", lambda: with_column(column("note", pattern="("))),
    "unknown level": ("CONTRACTS-010", lambda: with_column(column("note", level=6))),
    "certificate of no kind": ("CONTRACTS-010", lambda: with_column(replace(NUMBER, certificate_type=None))),
    "certificate of a kind elsewhere": ("CONTRACTS-010", lambda: with_column(NUMBER)),
    "version is no time": ("CONTRACTS-010", lambda: with_visit(version="visit_id")),
    "amount is no money": ("CONTRACTS-010", lambda: with_visit(amount="visit_id")),
    "no table behind": ("CONTRACTS-011", no_table_behind),
    "two tables behind": ("CONTRACTS-011", two_tables_behind),
    "time is not called one": ("CONTRACTS-012", lambda: with_column(column("ended", Type.TIME))),
    "what is called a time is none": ("CONTRACTS-012", lambda: with_column(column("ended_at"))),
    "date is not called one": ("CONTRACTS-012", lambda: with_column(column("ended", Type.DATE))),
    "flag is not called one": ("CONTRACTS-012", lambda: with_column(column("paid", Type.FLAG))),
    "code is not called one": ("CONTRACTS-012", lambda: with_column(column("kind", Type.CODE))),
    "text is called a code": ("CONTRACTS-012", lambda: with_column(column("kind_code"))),
    "days without their unit": ("CONTRACTS-012", lambda: with_column(column("supply_days", Type.INTEGER))),
    "money without its unit": ("CONTRACTS-012", lambda: with_column(column("fee", Type.MONEY))),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_defect_of_tables_is_found(name: str) -> None:
    code, bad = TABLES[name]
    assert code in codes_of(bad())


def test_a_personal_column_behind_landing_is_found_whatever_made_it() -> None:
    """`conformed` refuses one by itself, so it is forced in here."""
    table = SOUND.conformed["people.person"]
    forced = object.__new__(ConformedTable)
    for name in ("name", "source", "origins"):
        object.__setattr__(forced, name, getattr(table, name))
    object.__setattr__(forced, "columns", (*table.columns, replace(NUMBER, name="raw_number")))
    assert "CONTRACTS-007" in codes_of(replace(SOUND, conformed={**SOUND.conformed, "people.person": forced}))
