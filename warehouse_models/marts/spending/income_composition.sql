-- What each department earned in a month, by kind of charge.
-- Income is the sum of the lines charged in the month; a reversal counts in the month in which it was charged.
-- Drug share: western and proprietary Chinese drugs (charge types 09 and 11) over all income, herbal slices left out of
-- the numerator. Material share: charge type 08 over all income. Shares are 0 to 1, empty where the income is zero.
-- A visit is one in each department that charged it, and stands in the first of its buckets there.
with charges as (
    select month, institution_code, department_code, channel_code, charge_type_code, encounter_id, point_id, amount
    from {charge_item}
),
bucketed as (
    select *,
        case
            when charge_type_code in ('09', '10', '11') then 'drug'
            when charge_type_code = '08' then 'material'
            when charge_type_code in ('03', '04') then 'examination'
            when charge_type_code in ('01', '02', '05', '06', '07', '12', '13') then 'service'
            else 'other'
        end as charge_bucket_code
    from charges
),
-- Two levels instead of count(distinct …): the first makes one row per visit, the second counts rows.
visits as (
    select month, institution_code, department_code, channel_code, charge_bucket_code, point_id, encounter_id,
        sum(amount) as income,
        sum(case when amount < 0 then amount else 0 end) as reversed,
        sum(case when charge_type_code in ('09', '11') then amount else 0 end) as drug_income,
        count(*) as charges
    from bucketed
    group by month, institution_code, department_code, channel_code, charge_bucket_code, point_id, encounter_id
),
placed as (
    select *, min(charge_bucket_code) over (partition by month, institution_code, department_code, channel_code, point_id, encounter_id) as first_bucket
    from visits
),
buckets as (
    select month, institution_code, department_code, channel_code, charge_bucket_code,
        cast(sum(income) as decimal(18,2)) as income, sum(reversed) as reversed, cast(sum(drug_income) as decimal(18,2)) as drug_income,
        sum(charges) as charges, count(*) as encounters, sum(case when charge_bucket_code = first_bucket then 1 else 0 end) as visits
    from placed
    group by month, institution_code, department_code, channel_code, charge_bucket_code
),
totals as (
    -- Narrow sums: the quotient of two wide ones keeps six decimals only, and would be rounded twice.
    select *,
        cast(sum(income) over department as decimal(18,2)) as total_income,
        cast(sum(drug_income) over department as decimal(18,2)) as total_drug_income,
        cast(sum(case when charge_bucket_code = 'material' then income else 0 end) over department as decimal(18,2)) as total_material_income
    from buckets
    window department as (partition by month, institution_code, department_code, channel_code)
)
select
    month,
    institution_code,
    department_code,
    channel_code,
    charge_bucket_code,
    income,
    cast(reversed as decimal(18,2)) as reversed,
    drug_income,
    cast(charges as int) as charges,
    cast(encounters as int) as encounters,
    cast(visits as int) as visits,
    total_income,
    cast(income / nullif(total_income, 0) as decimal(18,4)) as income_share,
    cast(total_drug_income / nullif(total_income, 0) as decimal(18,4)) as drug_share,
    cast(total_material_income / nullif(total_income, 0) as decimal(18,4)) as material_share
from totals
