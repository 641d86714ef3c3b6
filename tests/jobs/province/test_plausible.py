"""What the generated rows say is such as a hospital would say it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs.province.catalogue import TABLES
from jobs.province.check_digits import credit_code, is_resident_number, organization_code
from jobs.province.citizens import citizens, numbers
from jobs.province.draws import Draws
from jobs.province.names import full_names
from jobs.province.plan import INTERNET, Plan, points_of
from jobs.province.yushu import people_of, share
from lakehouse.errors import LakehouseError
from tests.jobs.province.test_generate import truth
from warehouse_models import codes


def test_identity_numbers_are_valid_unique_and_say_sex_and_birth(province: Path) -> None:
    persons = truth(province, "person")
    residents = persons[persons["certificate_type_code"] == "01"]
    assert residents["certificate_number"].map(is_resident_number).all()
    assert (residents["certificate_number"].str[6:14] == residents["birth_date"].str.replace("-", "")).all()
    assert ((residents["certificate_number"].str[16].astype(int) % 2 == 1) == (residents["sex_code"] == "1")).all()
    assert not residents.duplicated(["point_id", "certificate_number"]).any()
    assert set(persons["certificate_type_code"]) > {"01"}


def test_no_two_citizens_of_a_province_share_a_number() -> None:
    plan = Plan()
    many = [numbers(plan, citizens(plan, point.number, np.arange(13_000))).to_pylist() for point in points_of(93)]
    everyone = [number for each in many for number in each if len(number) == 18]
    assert len(set(everyone)) == len(everyone) > 1_000_000


def test_a_person_at_two_points_shows_one_number_and_another_patient_id(province: Path) -> None:
    persons = truth(province, "person")
    shared = persons[persons.duplicated("certificate_number", keep=False)]
    by_number = shared.groupby("certificate_number")
    assert (by_number["point_id"].nunique() >= 2).all()
    assert (by_number["birth_date"].nunique() == 1).all()
    assert by_number["patient_id"].nunique().max() >= 2


def test_institution_codes_follow_their_standards(province: Path) -> None:
    for row in truth(province, "institution").itertuples():
        assert re.fullmatch(r"[0-9A-Z]{8}[0-9X]\d{6}\d{2}[A-Z]\d{3}[129]", row.institution_code)
        assert organization_code(row.institution_code[:8]) == row.institution_code[:9]
        assert credit_code(row.credit_code[:17]) == row.credit_code
        assert row.institution_code[9:15] == row.region_code


@pytest.mark.parametrize("name", TABLES)
def test_clean_rows_keep_the_contract(province: Path, name: str) -> None:
    rows = truth(province, name)
    for column in TABLES[name].columns:
        cells = rows[column.name].dropna()
        assert len(cells) == len(rows) or not column.required
        if column.codes:
            assert set(cells) <= {code.code for code in codes.load(column.codes).rows}
        if column.pattern:
            assert cells.map(lambda cell, shape=re.compile(column.pattern): bool(shape.fullmatch(cell))).all()
        if column.minimum is not None:
            assert cells.map(Decimal).between(column.minimum, column.maximum or Decimal("inf")).all()


def test_every_column_has_values(province: Path) -> None:
    empty = {
        f"{name}.{column.name}"
        for name in TABLES
        for column in TABLES[name].columns
        if truth(province, name)[column.name].isna().all()
    }
    assert empty == set()


def test_money_adds_up(province: Path) -> None:
    items, prescriptions = truth(province, "prescription_item"), truth(province, "prescription")
    product = [
        (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for quantity, price in zip(items["quantity"], items["unit_price"], strict=True)
    ]
    assert product == items["amount"].map(Decimal).tolist()
    items["fen"] = items["amount"].map(Decimal)
    sums = items.groupby(["point_id", "prescription_id"])["fen"].agg(["sum", "size"])
    joined = prescriptions.set_index(["point_id", "prescription_id"]).join(sums, how="inner")
    whole = joined["amount"].map(Decimal) == joined["sum"]
    # An item that is quarantined or waits for its drug is missing from its prescription's sum.
    assert whole.mean() > 0.97


def test_drugs_are_charged_as_prescribed(province: Path) -> None:
    charges, items = truth(province, "charge_item"), truth(province, "prescription_item")
    sold = charges[charges["prescription_id"].notna() & charges["reversal_of"].isna()]
    joined = sold.merge(
        items,
        left_on=["point_id", "prescription_id", "item_code"],
        right_on=["point_id", "prescription_id", "drug_code"],
    )
    assert (joined["amount_x"] == joined["amount_y"]).all()
    assert len(joined) > 0.97 * len(sold) > 1000


def test_only_answered_visits_are_treated(province: Path) -> None:
    visits = truth(province, "encounter").set_index(["point_id", "encounter_id"])
    for name in ("prescription", "encounter_diagnosis", "charge_item"):
        children = truth(province, name).set_index(["point_id", "encounter_id"]).index
        assert (visits.loc[children.intersection(visits.index), "is_answered"] == "1").all()
    assert (visits["is_answered"] == "0").any()
    refused = visits[visits["is_answered"] == "0"]
    assert refused["refusal_code"].notna().all()


def test_times_follow_each_other(province: Path) -> None:
    visits = truth(province, "encounter")
    steps = ["applied_at", "consented_at", "authenticated_at", "started_at", "ended_at"]
    for earlier, later in pairwise(steps):
        both = visits[visits[earlier].notna() & visits[later].notna()]
        assert len(both) > 0
        assert (both[earlier] <= both[later]).mean() > 0.99
    drugs = truth(province, "prescription")
    assert (drugs["issued_at"] <= drugs["reviewed_at"]).all()
    sent = drugs[drugs["dispensed_at"].notna()]
    assert (sent["reviewed_at"] <= sent["dispensed_at"]).all()


def test_small_children_have_guardians(province: Path) -> None:
    persons = truth(province, "person")
    children = persons[persons["birth_date"] > "2013-01-01"]
    assert len(children) > 20
    assert children["guardian_certificate_number"].map(is_resident_number).all()


def test_online_follow_ups_often_rest_on_an_earlier_visit_to_a_hospital(province: Path) -> None:
    visits = truth(province, "encounter")
    online = visits[(visits["channel_code"] == "2") & (visits["consultation_kind_code"] == "4")]
    offline = visits[visits["channel_code"] == "1"].groupby("certificate_number")["started_at"].min()
    before = online["certificate_number"].map(offline)
    assert (before.notna() & (before < online["started_at"])).sum() >= 5


def test_some_names_have_characters_of_four_bytes() -> None:
    entity = np.arange(20_000)
    names = full_names(Draws(1, "citizen"), entity, np.ones(20_000, dtype=np.int64), entity % 2 + 1).to_pylist()
    four = [name for name in names if any(len(character.encode("gb18030")) == 4 for character in name)]
    assert 50 < len(four) < 500
    assert len(set(names)) > 10_000
    assert pd.Series(names).str.len().between(2, 3).all()


def test_the_totals_of_yushu_are_exact() -> None:
    plan = Plan(volume="yushu")
    for table, total in (("person", 1_270_849), ("encounter", 1_154_277), ("prescription_item", 6_310_356)):
        assert sum(share(plan, point, table) for point in points_of(plan.points)) == total
    with pytest.raises(LakehouseError, match="PROVINCE-002"):
        people_of(Plan(volume="yushu", points=3), points_of(3)[1])


def test_internet_hospitals_serve_online_only(province: Path) -> None:
    online = {point.id for point in points_of(3) if point.kind == INTERNET}
    visits = truth(province, "encounter")
    assert set(visits.loc[visits["point_id"].isin(online), "channel_code"]) == {"2"}
