"""Every clean row of the province stands in the lake as it was delivered, and nothing else does."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import BuiltNight
from tests.end_to_end.tables import comparable, connection, show_lake, show_truth
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
