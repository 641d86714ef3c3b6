-- How each department prescribed in a month.
with filled as (
    select
        month, point_id, prescription_id,
        count(*) as items,
        max(cast(starts_with(national_drug_code, 'XJ01') as integer)) as has_antibiotic,
        max(supply_days) as supply_days
    from prescription_item
    group by all
),
grouped as (
    select
        p.month, p.institution_code, p.department_code, p.channel_code,
        count(*) as prescriptions,
        sum(coalesce(f.items, 0)) as items,
        count(*) filter (f.items > 5 and p.prescription_type_code <> '3') as over_five_drugs,
        sum(coalesce(f.has_antibiotic, 0)) as antibiotic_prescriptions,
        sum(f.supply_days) as supply_days,
        count(f.supply_days) as supplied,
        count(p.reviewed_at) as reviewed_prescriptions,
        sum(date_diff('second', p.issued_at, p.reviewed_at)) as review_seconds,
        sum(fen(p.amount)) as fen
    from prescription p
    left join filled f on f.month = p.month and f.point_id = p.point_id and f.prescription_id = p.prescription_id
    group by all
)
select
    month, institution_code, department_code, channel_code,
    cast(prescriptions as integer) as prescriptions,
    cast(items as integer) as items,
    cast(quotient(items, prescriptions) as decimal(18, 4)) as drugs_per_prescription,
    cast(over_five_drugs as integer) as over_five_drugs,
    cast(antibiotic_prescriptions as integer) as antibiotic_prescriptions,
    cast(quotient(antibiotic_prescriptions, prescriptions) as decimal(18, 4)) as antibiotic_rate,
    cast(coalesce(supply_days, 0) as integer) as supply_days,
    cast(supplied as integer) as supplied_prescriptions,
    cast(quotient(supply_days, supplied) as decimal(18, 4)) as mean_supply_days,
    cast(reviewed_prescriptions as integer) as reviewed_prescriptions,
    cast(quotient(reviewed_prescriptions, prescriptions) as decimal(18, 4)) as review_rate,
    cast(coalesce(quotient(review_seconds, 60), 0) as decimal(18, 4)) as review_minutes,
    cast(quotient(review_seconds, 60 * reviewed_prescriptions) as decimal(18, 4)) as mean_review_minutes,
    as_yuan(fen) as amount
from grouped
