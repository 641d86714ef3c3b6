"""The demonstration's drugs and charge items hold codes that the lists know."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from importlib import resources

import pytest

from warehouse_models import codes
from warehouse_models.registry import exchange

DAY = date(2026, 6, 30)


def rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("jobs.province") / "reference" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


DRUGS, ITEMS = rows("drugs"), rows("service_items")


def known(list_name: str) -> set[str]:
    return {code.code for code in codes.load(list_name).valid_on(DAY)}


def test_there_is_a_pharmacy_full() -> None:
    assert len(DRUGS) >= 250
    assert len({drug["drug_name"] for drug in DRUGS}) == len(DRUGS)
    assert len({drug["national_drug_code"] for drug in DRUGS}) == len(DRUGS)


@pytest.mark.parametrize(
    "column",
    [
        "drug_class_code",
        "antibiotic_tier_code",
        "special_control_code",
        "dosage_form_code",
        "frequency_code",
        "route_code",
    ],
)
def test_the_codes_of_drugs_are_in_their_lists(column: str) -> None:
    written = {drug[column] for drug in DRUGS} - {""}
    assert written
    assert written <= known(column.removesuffix("_code"))


@pytest.mark.parametrize("column", ["national_drug_code", "approval_number"])
def test_the_numbers_of_drugs_have_the_shape_that_the_contract_wants(column: str) -> None:
    pattern = exchange()["drug_catalogue"].column(column).pattern
    assert pattern
    assert [drug[column] for drug in DRUGS if drug[column] and not re.fullmatch(pattern, drug[column])] == []


def test_drugs_are_for_diagnoses_of_the_list() -> None:
    listed = {code.code for code in codes.load("icd10").rows}
    assert {code for drug in DRUGS for code in drug["icd10"].split("|")} <= listed
    assert all(known("icd10") & set(drug["icd10"].split("|")) for drug in DRUGS)


def test_antibiotics_and_only_they_have_a_tier() -> None:
    systemic = [drug for drug in DRUGS if drug["national_drug_code"].startswith("XJ01")]
    assert len(systemic) >= 25
    assert [drug["drug_name"] for drug in systemic if not drug["antibiotic_tier_code"]] == []
    assert {drug["drug_class_code"][:2] for drug in DRUGS if drug["antibiotic_tier_code"]} <= {"01", "16"}


def test_controlled_drugs_are_not_sold_without_prescription() -> None:
    controlled = [drug for drug in DRUGS if drug["special_control_code"]]
    assert {drug["special_control_code"] for drug in controlled} >= {"1", "2", "3"}
    assert {drug["is_otc"] for drug in controlled} == {"0"}


def test_doses_days_and_prices_are_sensible() -> None:
    for drug in DRUGS:
        assert Decimal(0) < Decimal(drug["price"]) < 10_000, drug["drug_name"]
        assert Decimal(drug["dose"]) > 0, drug["drug_name"]
        assert 1 <= int(drug["usual_days"]) <= 60, drug["drug_name"]
        assert drug["is_essential"] in ("0", "1"), drug["drug_name"]


def test_charge_items_have_national_codes_and_a_price_at_every_level() -> None:
    pattern = exchange()["charge_item"].column("national_item_code").pattern
    assert pattern
    assert len(ITEMS) >= 100
    for item in ITEMS:
        assert re.fullmatch(pattern, item["national_item_code"]), item["item_name"]
        assert (item["charge_type_code"] == "08") == item["national_item_code"].startswith("C"), item["item_name"]
        assert all(Decimal(item[f"price_level_{level}"]) > 0 for level in known("hospital_level")), item["item_name"]


def test_charge_items_are_of_known_types_and_channels() -> None:
    assert {item["charge_type_code"] for item in ITEMS} <= known("charge_type") - {"09", "10", "11"}
    assert {item["channel_code"] for item in ITEMS} == {"", *known("channel")}
