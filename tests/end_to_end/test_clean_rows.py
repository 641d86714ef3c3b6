"""Every clean row of the province stands in the lake as it was delivered, and nothing else does."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from jobs.province.plan import points_of
from lakehouse.keys import token_key
from tests.end_to_end.conftest import PLAN, BuiltNight
from tests.end_to_end.tables import comparable, connection, show_lake, show_truth
from warehouse_models.contract import Column, ConformedTable
from warehouse_models.registry import conformed

TABLES = sorted(conformed())


@pytest.mark.parametrize("name", TABLES)
def test_the_lake_holds_the_clean_rows_and_no_other(name: str, built_night: BuiltNight) -> None:
    table, db = conformed()[name], connection()
    lake, truth = show_lake(db, built_night.settings, table), show_truth(db, built_night.province, table)
    cells = ", ".join(["point_id", *(column.name for column in comparable(table))])
    (rows,) = db.sql(f"select count(*) from {truth}").fetchone() or (0,)
    missing = db.sql(f"select {cells} from {truth} except all select {cells} from {lake}").fetchall()
    surplus = db.sql(f"select {cells} from {lake} except all select {cells} from {truth}").fetchall()
    assert rows > 0
    assert (len(missing), len(surplus)) == (0, 0), (missing[:2], surplus[:2])


def identifiers(table: ConformedTable) -> dict[str, str]:
    """Stored column -> the delivered column whose token it holds."""
    return {name: wire for name, wire in table.origins.items() if table.source.column(wire).identifier}


@pytest.mark.parametrize("name", [name for name in TABLES if identifiers(conformed()[name])])
def test_identifiers_of_clean_rows_stand_there_as_their_tokens(name: str, built_night: BuiltNight) -> None:
    """What stands in place of an identifier is HMAC-SM3 of the true one, computed here from what the generator says was meant:
    at points that write GB18030, in names of four bytes, in full-width digits and with 15 of them."""
    table, db, key = conformed()[name], connection(), token_key(built_night.settings)
    lake = show_lake(db, built_night.settings, table)
    files = built_night.province / "truth" / table.source.name / "*.parquet"
    for stored, wire in identifiers(table).items():
        column = table.source.column(wire)
        cells = ", ".join(["point_id", *table.source.key, f"{column.certificate_type or 'null'} as type", wire])
        rows = db.sql(f"select {cells} from read_parquet('{files}')").to_arrow_table()
        texts = [*zip(rows["type"].to_pylist(), rows[wire].to_pylist(), strict=True)]
        made = {said: token_of(key, column, *said) for said in set(texts)}
        tokens = [made[said] for said in texts]
        assert any(tokens), stored
        db.register("expected", rows.drop_columns(["type", wire]).append_column(stored, pa.array(tokens, pa.binary())))
        found = ", ".join(["point_id", *table.source.key, stored])
        for left, right in (("expected", lake), (lake, "expected")):
            assert db.sql(f"select {found} from {left} except all select {found} from {right}").fetchall() == [], stored


def token_of(key: bytes, column: Column, type_code: str | None, text: str | None) -> bytes | None:
    """The token of an identifier that is written as it should be."""
    if text is None:
        return None
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if column.certificate_type:
        plain = f"{type_code or ''}|{plain}"
    keyed = HMAC(key, SM3())
    keyed.update(f"{column.identifier}|{plain}".encode())
    return keyed.finalize()[:16]


def test_names_of_four_bytes_come_through_gb18030(built_night: BuiltNight) -> None:
    db, table = connection(), conformed()["resources.practitioner"]
    lake = show_lake(db, built_night.settings, table)
    vendors = {point.id for point in points_of(PLAN.points) if point.dialect == "huakang-3"}
    names = db.sql(f"select point_id, practitioner_name from {lake}").fetchall()
    of_vendors = "".join(name for point, name in names if point in vendors)
    assert {len(character.encode("gb18030")) for character in of_vendors} == {2, 4}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_month_lies_in_that_month(name: str, built_night: BuiltNight) -> None:
    table, db = conformed()[name], connection()
    lake = show_lake(db, built_night.settings, table)
    key = ", ".join(table.key)
    assert db.sql(f"select {key} from {lake} group by all having count(*) > 1").fetchall() == []
    if table.has_months:
        wrong = f"select count(*) from {lake} where month <> strftime({table.source.month_of}, '%Y-%m')"
        assert db.sql(wrong).fetchone() == (0,)


def test_one_certificate_is_one_person_at_all_points(built_night: BuiltNight) -> None:
    db = connection()
    table = conformed()["population.person"]
    show_lake(db, built_night.settings, table)
    show_truth(db, built_night.province, table)
    files = built_night.province / "truth" / "person" / "*.parquet"
    pairs = f"""
        select t.certificate_type_code, t.certificate_number, l.person_key
        from read_parquet('{files}') t join lake_person l using (point_id, patient_id)
    """
    counts = "count(*), count(distinct (certificate_type_code, certificate_number)), count(distinct person_key)"
    rows, people, tokens = db.sql(f"select {counts} from ({pairs})").fetchone() or (0, 0, 0)
    spread = db.sql(f"select count(*) from (select distinct * from ({pairs}))").fetchone()
    assert rows > people == tokens
    assert spread == (people,)
