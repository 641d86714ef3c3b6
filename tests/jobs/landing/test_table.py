"""What stands in landed files: standard names, canonical text, repairs counted, faults marked, money in fen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations import landing
from jobs.landing.record import Landed, Repair
from jobs.province.check_digits import resident_number
from jobs.province.story import DAY, Row, Twist, deletion_of, row, visit, write_delivery
from jobs.province.wire import Cell
from lakehouse.settings import Settings
from warehouse_models import registry

Deliver = Callable[..., tuple[Landed, dict[str, list[dict[str, object]]]]]


@pytest.fixture
def deliver(land: Callable[..., list[Landed]], settings: Settings, offers: Path) -> Deliver:
    """Offer tables at the point that speaks the dialect, land them, and return the record and the landed rows."""

    def run(tables: dict[str, list[Row]], **how: object) -> tuple[Landed, dict[str, list[dict[str, object]]]]:
        point = {"huakang-3": "P002", "province-1": "P003"}.get(str(how.get("vendor")), "P001")
        write_delivery(offers / point, tables, **how)
        (landed,) = land()
        files = {table: settings.landing / landed.id / f"{table}.parquet" for table in tables}
        return landed, {table: pq.read_table(file).to_pylist() for table, file in files.items() if file.exists()}

    return run


def faults(rows: list[dict[str, object]]) -> list[set[str]]:
    """The names of the faults of each row."""
    return [{each.name for each in landing.LANDING_FAULTS if int(str(found["faults"])) & each.mask} for found in rows]


@pytest.mark.parametrize("vendor", ["standard-1", "huakang-3", "province-1"])
def test_what_was_canonical_lands_as_it_was(deliver: Deliver, vendor: str) -> None:
    landed, tables = deliver(visit("V1"), vendor=vendor)
    assert (landed.status, landed.reasons) == ("landed", ())
    for name, given in visit("V1").items():
        table = registry.exchange()[name]
        plain = [
            each.name for each in table.columns if not each.identifier and not each.codes and each.name != "unit_price"
        ]
        assert [{key: found[key] for key in plain} for found in tables[name]] == [
            {key: original[key] for key in plain} for original in given
        ]
        assert [found["row_number"] for found in tables[name]] == list(range(1, len(given) + 1))
        assert faults(tables[name]) == [set()] * len(given)
    assert [found["unit_price"] for found in tables["charge_item"]] in (["12.00", "25.00"], ["12.0000", "25.0000"])
    assert all(not table.repairs for table in landed.tables.values())


def test_a_landed_file_has_what_the_delivery_is_then_the_contract_then_what_landing_found(
    deliver: Deliver, settings: Settings
) -> None:
    landed, _ = deliver({"charge_item": [row("charge_item")], "person": [row("person")]})
    for name, extra in (("charge_item", ["row_number", "faults", "fen"]), ("person", ["row_number", "faults"])):
        schema = pq.read_schema(settings.landing / landed.id / f"{name}.parquet")
        columns = [column.name for column in registry.exchange()[name].landed_columns]
        stamp = ["delivery", "point_id", "business_date", "sequence", "kind", "dialect"]
        assert schema.names == [*stamp, *columns, *extra]
        assert {schema.field(each).type for each in schema.names if each.endswith("_token")} <= {pa.binary()}


def test_a_deletion_lands_with_keys_dates_and_versions_only(deliver: Deliver) -> None:
    _, tables = deliver(deletion_of(visit("V1")), kind="deletion")
    (deleted,) = tables["encounter"]
    assert (deleted["encounter_id"], deleted["original_event_on"], deleted["kind"]) == ("V1", DAY, "deletion")
    assert "patient_id" not in deleted
    assert [found["fen"] for found in tables["charge_item"]] == [0, 0]


def test_every_repair_is_made_and_counted(deliver: Deliver) -> None:
    person = row(
        "person",
        birth_date="１９８０-05-12",
        registered_at="2026-06-01 24:00:00",
        certificate_number="11010519491231002x",
    )
    charge = row("charge_item", quantity="１", department_code=" 03 ", item_code=" A1")
    twist = Twist(bom=True, reordered=True, cells=(Cell(0, "amount", "１２．００"),))
    landed, tables = deliver({"person": [person], "charge_item": [charge]}, twists={"charge_item": twist})
    assert set(landed.tables["person"].repairs) == {
        Repair(column="birth_date", repair="full_width", rows=1),
        Repair(column="registered_at", repair="hour_24", rows=1),
        Repair(column="certificate_number", repair="lower_case_x", rows=1),
    }
    assert set(landed.tables["charge_item"].repairs) == {
        Repair(column="", repair="byte_order_mark", rows=1),
        Repair(column="", repair="column_order", rows=1),
        Repair(column="quantity", repair="full_width", rows=1),
        Repair(column="amount", repair="full_width", rows=1),
        Repair(column="department_code", repair="blanks", rows=1),
        Repair(column="item_code", repair="blanks", rows=1),
    }
    (found,) = tables["charge_item"]
    assert (found["quantity"], found["amount"], found["fen"], found["department_code"]) == ("1", "12.00", 1200, "03")
    (found,) = tables["person"]
    assert (found["birth_date"], found["registered_at"]) == ("1980-05-12", "2026-06-02 00:00:00")


def test_free_text_keeps_its_full_width_characters(deliver: Deliver) -> None:
    _, tables = deliver({"drug_catalogue": [row("drug_catalogue", specification="３０mg（片）")]})
    assert tables["drug_catalogue"][0]["specification"] == "３０mg（片）"


@pytest.mark.parametrize("vendor", ["standard-1", "huakang-3", "province-1"])
def test_repairs_are_the_same_in_the_vendors_dialect(deliver: Deliver, vendor: str) -> None:
    cells = (Cell(0, "charged_at", "20260630240000" if vendor == "huakang-3" else "2026-06-30 24:00:00"),)
    _, tables = deliver(
        {"charge_item": [row("charge_item")]}, vendor=vendor, twists={"charge_item": Twist(cells=cells)}
    )
    assert tables["charge_item"][0]["charged_at"] == "2026-07-01 00:00:00"


def test_what_is_no_money_counts_nothing_and_is_counted(deliver: Deliver) -> None:
    charges = [
        row("charge_item", charge_id=str(place), amount=text) for place, text in enumerate(["x", "-1.5", None, "2"])
    ]
    landed, tables = deliver({"charge_item": charges})
    assert [found["fen"] for found in tables["charge_item"]] == [None, -150, None, 200]
    assert (landed.tables["charge_item"].landed.fen, landed.tables["charge_item"].unpriced) == (50, 2)
    assert [found["amount"] for found in tables["charge_item"]] == ["x", "-1.5", None, "2"]


PEOPLE: list[tuple[dict[str, str | None], set[str]]] = [
    ({}, set()),
    (
        {"certificate_number": "110105194912310021"},
        {"certificate_check_digit", "birth_date_against_certificate", "sex_against_certificate"},
    ),
    ({"certificate_number": "11010519491231002X", "birth_date": "1949-12-31", "sex_code": "2"}, set()),
    (
        {"certificate_number": "11010519491231002X", "birth_date": "1949-12-30", "sex_code": "2"},
        {"birth_date_against_certificate"},
    ),
    (
        {"certificate_number": "11010519491231002X", "birth_date": "1949-12-31", "sex_code": "1"},
        {"sex_against_certificate"},
    ),
    ({"certificate_number": "11010519491231002X", "birth_date": None, "sex_code": None}, set()),
    ({"certificate_number": "11010519491231002X", "birth_date": "1949-13-31", "sex_code": "9"}, set()),
    ({"certificate_number": "110105491231002", "birth_date": "1949-12-31", "sex_code": "2"}, set()),
    ({"certificate_number": "1234", "certificate_type_code": "03", "sex_code": "2"}, set()),
    ({"certificate_number": "1234", "certificate_type_code": "身份证"}, {"certificate_check_digit"}),
    ({"certificate_number": "1234", "certificate_type_code": None}, set()),
    ({"certificate_number": None}, set()),
    (
        {"guardian_certificate_type_code": "01", "guardian_certificate_number": "1"},
        {"guardian_certificate_check_digit"},
    ),
    ({"guardian_certificate_type_code": "03", "guardian_certificate_number": "1"}, set()),
    ({"name": "扎\0西"}, {"nul_character"}),
    ({"region_code": "\0"}, {"nul_character"}),
]


def test_faults_are_found_in_the_rows_that_have_them(deliver: Deliver) -> None:
    people = [row("person", **{"patient_id": str(place), **said}) for place, (said, _) in enumerate(PEOPLE)]
    _, tables = deliver({"person": people})
    assert faults(tables["person"]) == [expected for _, expected in PEOPLE]


def test_an_identity_number_with_an_impossible_date_is_told_apart(deliver: Deliver) -> None:
    number = resident_number("63270119800230301")
    _, tables = deliver({"person": [row("person", certificate_number=number)]})
    assert faults(tables["person"]) == [{"certificate_impossible_date"}]


def test_sex_is_compared_in_the_vendors_codes(deliver: Deliver) -> None:
    _, tables = deliver({"person": [row("person"), row("person", patient_id="2", sex_code="2")]}, vendor="huakang-3")
    assert faults(tables["person"]) == [set(), {"sex_against_certificate"}]


def test_a_row_with_a_cell_too_many_lands_empty_in_its_place(deliver: Deliver) -> None:
    charges = [row("charge_item", charge_id=str(place), amount="0.00" if place == 1 else "5.00") for place in range(3)]
    landed, tables = deliver({"charge_item": charges}, twists={"charge_item": Twist(long_rows=(1,))})
    assert [found["charge_id"] for found in tables["charge_item"]] == ["0", None, "2"]
    assert faults(tables["charge_item"]) == [set(), {"wrong_number_of_cells"}, set()]
    assert [found["row_number"] for found in tables["charge_item"]] == [1, 2, 3]
    assert (landed.tables["charge_item"].landed.rows, landed.tables["charge_item"].unpriced) == (3, 1)


def test_rows_are_numbered_over_all_files_of_a_table_in_the_manifests_order(deliver: Deliver) -> None:
    charges = [row("charge_item", charge_id=f"C{place}") for place in range(7)]
    landed, tables = deliver({"charge_item": charges}, files=3)
    assert [(found["row_number"], found["charge_id"]) for found in tables["charge_item"]] == [
        (place + 1, f"C{place}") for place in range(7)
    ]
    assert landed.tables["charge_item"].declared.rows == 7


def test_a_table_without_rows_lands_as_a_file_without_rows(deliver: Deliver) -> None:
    landed, tables = deliver({"charge_item": [], "person": [row("person")]})
    assert tables["charge_item"] == []
    assert landed.tables["charge_item"].landed.rows == 0
