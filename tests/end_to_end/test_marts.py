"""Marts against an independent computation: DuckDB on the generator's clean rows, written from the definitions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tests.end_to_end.conftest import BuiltNight
from tests.end_to_end.tables import connection, mart_rows, show_truth
from warehouse_models.registry import conformed

# Where each charge type of a settlement counts, from the definition of the mart.
BUCKETS = {
    **dict.fromkeys(("01", "02", "05", "06", "07", "12", "13"), "service"),
    **dict.fromkeys(("03", "04"), "examination"),
    **dict.fromkeys(("09", "10", "11"), "drug"),
    "08": "material",
    "14": "other",
}


def test_income_composition_is_exact(built_night: BuiltNight) -> None:
    db = connection()
    truth = show_truth(db, built_night.province, conformed()["medical_records.charge_item"])
    bucket = "case charge_type_code " + " ".join(f"when '{code}' then '{bucket}'" for code, bucket in BUCKETS.items())
    rows = db.sql(f"""
        with lines as (select *, strftime(charged_at, '%Y-%m') as month, {bucket} end as bucket from {truth}),
        firsts as (
            select month, institution_code, department_code, channel_code, point_id, encounter_id, min(bucket) as bucket
            from lines group by all
        ),
        starts as (select * exclude (point_id, encounter_id), count(*)::int as visits from firsts group by all),
        departments as (
            select month, institution_code, department_code, channel_code, sum(amount) as total,
                   sum(amount) filter (charge_type_code in ('09', '11')) as drugs,
                   sum(amount) filter (charge_type_code = '08') as materials
            from lines group by all
        )
        select month, institution_code, department_code, channel_code, bucket, sum(amount)::decimal(18,2),
               coalesce(sum(amount) filter (amount < 0), 0)::decimal(18,2),
               coalesce(sum(amount) filter (charge_type_code in ('09', '11')), 0)::decimal(18,2), count(*)::int,
               count(distinct (point_id, encounter_id))::int, coalesce(any_value(visits), 0),
               any_value(total)::decimal(18,2), any_value(drugs), any_value(materials)
        from lines join departments using (month, institution_code, department_code, channel_code)
        left join starts using (month, institution_code, department_code, channel_code, bucket)
        group by all
    """).fetchall()
    expected = []
    for *cells, income, reversed_, of_drugs, charges, encounters, visits, total, drugs, materials in rows:
        shares = [share(part, total) for part in (income, drugs, materials)]
        expected.append((*cells, income, reversed_, of_drugs, charges, encounters, visits, total, *shares))
    assert len(expected) > 500
    assert sorted(expected, key=repr) == mart_rows(built_night.settings, "spending.income_composition")


def test_prescription_profile_is_exact(built_night: BuiltNight) -> None:
    db = connection()
    prescriptions = show_truth(db, built_night.province, conformed()["medical_records.prescription"])
    items = show_truth(db, built_night.province, conformed()["medical_records.prescription_item"])
    rows = db.sql(f"""
        with filled as (
            select p.*, strftime(p.issued_at, '%Y-%m') as month, i.lines, i.days, i.antibiotic
            from {prescriptions} p left join (
                select point_id, prescription_id, strftime(issued_at, '%Y-%m') as item_month, count(*) as lines,
                       max(supply_days) as days, bool_or(national_drug_code[1:4] = 'XJ01') as antibiotic
                from {items} group by all
            ) i on i.point_id = p.point_id and i.prescription_id = p.prescription_id and i.item_month = strftime(p.issued_at, '%Y-%m')
        )
        select month, institution_code, department_code, channel_code, count(*)::int, coalesce(sum(lines), 0)::int,
               count(*) filter (lines > 5 and prescription_type_code in ('1', '2'))::int,
               count(*) filter (antibiotic)::int, coalesce(sum(days), 0)::int, count(days)::int, count(reviewed_at)::int,
               sum(epoch(reviewed_at) - epoch(issued_at))::bigint, sum(amount)::decimal(18,2)
        from filled group by all
    """).fetchall()
    expected = []
    for *cells, number, lines, over, antibiotics, days, supplied, reviewed, seconds, amount in rows:
        means = (share(lines, number), share(antibiotics, number), share(days, supplied), share(reviewed, number))
        delay = share(seconds, 60 * reviewed)
        expected.append(
            (
                *cells,
                number,
                lines,
                means[0],
                over,
                antibiotics,
                means[1],
                days,
                supplied,
                means[2],
                reviewed,
                means[3],
                share(seconds, 60) or Decimal("0.0000"),
                delay,
                amount,
            )
        )
    assert len(expected) > 200
    assert sorted(expected, key=repr) == mart_rows(built_night.settings, "supervision.prescription_profile")


def test_the_scorecard_adds_up_the_generators_accounts(built_night: BuiltNight) -> None:
    db = connection()
    truth = built_night.province / "truth" / "accounts.parquet"
    fates = ("declared", "refused", "landed", "accepted", "quarantined", "waiting", "repeated", "superseded", "deleted")
    sums = ", ".join(f"sum({fate}_rows)::int" for fate in fates)
    rows = db.sql(f"""
        select strftime(business_date, '%Y-%m'), business_date, point_id, "table", count(*)::int,
               count(*) filter (refused_rows > 0 and refused_rows = declared_rows and landed_rows = 0)::int, {sums},
               (sum(accepted_fen) / 100)::decimal(18,2), sum(landed_rows - quarantined_rows)::int, sum(unpriced)::int
        from read_parquet('{truth}') where "table" is not null group by all
    """).fetchall()
    landed = 4 + 2 + fates.index("landed")
    expected = [(*row[:-2], share(row[-2], row[landed]), row[-1]) for row in rows]
    found = mart_rows(built_night.settings, "quality.delivery_scorecard")
    assert len(expected) > 1_000
    assert found == sorted(expected, key=repr)


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """A quotient rounded half up to four decimals; None over zero, nothing counts as zero."""
    if not whole:
        return None
    part = part or 0
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
