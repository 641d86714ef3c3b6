-- What each department earned in a month, by bucket of charges.
with visits as (
    select
        month, institution_code, department_code, channel_code, point_id, encounter_id,
        case
            when charge_type_code in ('09', '10', '11') then 'drug'
            when charge_type_code = '08' then 'material'
            when charge_type_code in ('03', '04') then 'examination'
            when charge_type_code in ('01', '02', '05', '06', '07', '12', '13') then 'service'
            else 'other'
        end as charge_bucket_code,
        sum(fen(amount)) as income,
        sum(least(fen(amount), 0)) as reversed,
        sum(case when charge_type_code in ('09', '11') then fen(amount) else 0 end) as drug_income,
        count(*) as charges
    from charge_item
    group by month, institution_code, department_code, channel_code, charge_bucket_code, point_id, encounter_id
),
placed as (
    select *, min(charge_bucket_code) over (partition by month, institution_code, department_code, channel_code, point_id, encounter_id) as first_bucket
    from visits
),
buckets as (
    select
        month, institution_code, department_code, channel_code, charge_bucket_code,
        sum(income) as income, sum(reversed) as reversed, sum(drug_income) as drug_income,
        sum(charges) as charges, count(*) as encounters, count(*) filter (charge_bucket_code = first_bucket) as visits
    from placed
    group by all
),
totals as (
    select
        *,
        sum(income) over department as total_income,
        sum(drug_income) over department as total_drug_income,
        sum(case when charge_bucket_code = 'material' then income else 0 end) over department as total_material_income
    from buckets
    window department as (partition by month, institution_code, department_code, channel_code)
)
select
    month, institution_code, department_code, channel_code, charge_bucket_code,
    as_yuan(income) as income,
    as_yuan(reversed) as reversed,
    as_yuan(drug_income) as drug_income,
    cast(charges as integer) as charges,
    cast(encounters as integer) as encounters,
    cast(visits as integer) as visits,
    as_yuan(total_income) as total_income,
    cast(quotient(income, total_income) as decimal(18, 4)) as income_share,
    cast(quotient(total_drug_income, total_income) as decimal(18, 4)) as drug_share,
    cast(quotient(total_material_income, total_income) as decimal(18, 4)) as material_share
from totals
