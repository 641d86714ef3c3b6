-- How each department prescribed in a month.
-- Lines count with the prescription in whose month they were written. An antibiotic is a line whose national drug code
-- carries an ATC code of group J01. Days of supply of a prescription: its longest line. Review delay: minutes from
-- writing to review; a review before the writing counts as it stands.
with prescriptions as (
    select month, point_id, prescription_id, institution_code, department_code, channel_code, prescription_type_code,
        issued_at, reviewed_at, amount
    from {prescription}
),
items as (
    select month, point_id, prescription_id, national_drug_code, supply_days
    from {prescription_item}
),
filled as (
    select month, point_id, prescription_id,
        count(*) as items,
        max(case when national_drug_code like 'XJ01%' then 1 else 0 end) as has_antibiotic,
        max(supply_days) as supply_days
    from items
    group by month, point_id, prescription_id
),
profiled as (
    select p.month, p.institution_code, p.department_code, p.channel_code, p.amount,
        coalesce(f.items, 0) as items,
        coalesce(f.has_antibiotic, 0) as has_antibiotic,
        case when f.items > 5 and p.prescription_type_code <> '3' then 1 else 0 end as is_over_five,
        f.supply_days,
        case when p.reviewed_at is not null then 1 else 0 end as is_reviewed,
        timestampdiff(second, p.issued_at, p.reviewed_at) as review_seconds
    from prescriptions p
    left join filled f on f.month = p.month and f.point_id = p.point_id and f.prescription_id = p.prescription_id
),
grouped as (
    select month, institution_code, department_code, channel_code,
        count(*) as prescriptions, sum(items) as items, sum(is_over_five) as over_five_drugs,
        sum(has_antibiotic) as antibiotic_prescriptions, sum(supply_days) as supply_days, count(supply_days) as supplied,
        sum(is_reviewed) as reviewed_prescriptions, sum(review_seconds) as review_seconds, sum(amount) as amount
    from profiled
    group by month, institution_code, department_code, channel_code
)
select
    month,
    institution_code,
    department_code,
    channel_code,
    cast(prescriptions as int) as prescriptions,
    cast(items as int) as items,
    cast(cast(items as decimal(18,0)) / prescriptions as decimal(18,4)) as drugs_per_prescription,
    cast(over_five_drugs as int) as over_five_drugs,
    cast(antibiotic_prescriptions as int) as antibiotic_prescriptions,
    cast(cast(antibiotic_prescriptions as decimal(18,0)) / prescriptions as decimal(18,4)) as antibiotic_rate,
    cast(coalesce(supply_days, 0) as int) as supply_days,
    cast(supplied as int) as supplied_prescriptions,
    cast(cast(supply_days as decimal(18,0)) / nullif(supplied, 0) as decimal(18,4)) as mean_supply_days,
    cast(reviewed_prescriptions as int) as reviewed_prescriptions,
    cast(cast(reviewed_prescriptions as decimal(18,0)) / prescriptions as decimal(18,4)) as review_rate,
    cast(cast(coalesce(review_seconds, 0) as decimal(18,0)) / 60 as decimal(18,4)) as review_minutes,
    cast(cast(review_seconds as decimal(18,0)) / nullif(60 * reviewed_prescriptions, 0) as decimal(18,4)) as mean_review_minutes,
    cast(amount as decimal(18,2)) as amount
from grouped
