-- What each point delivered for a business date, and what became of it: the ledger's accounts, added up over the
-- deliveries of the date. Acceptance rate: share of landed rows that were not quarantined; empty where nothing landed.
with accounts as (
    select business_date, point_id, `table` as table_name, declared_rows, refused_rows, landed_rows, accepted_rows,
        quarantined_rows, waiting_rows, repeated_rows, superseded_rows, deleted_rows, accepted_fen, unpriced
    from {account}
    where business_date is not null and `table` is not null
),
dated as (
    select date_format(business_date, 'yyyy-MM') as month, business_date, point_id, table_name,
        count(*) as deliveries, sum(case when declared_rows = refused_rows and landed_rows = 0 and refused_rows > 0 then 1 else 0 end) as refused_deliveries,
        sum(declared_rows) as declared_rows, sum(refused_rows) as refused_rows, sum(landed_rows) as landed_rows,
        sum(accepted_rows) as accepted_rows, sum(quarantined_rows) as quarantined_rows, sum(waiting_rows) as waiting_rows,
        sum(repeated_rows) as repeated_rows, sum(superseded_rows) as superseded_rows, sum(deleted_rows) as deleted_rows,
        sum(accepted_fen) as accepted_fen, sum(unpriced) as unpriced
    from accounts
    group by business_date, point_id, table_name
)
select
    month,
    business_date,
    point_id,
    table_name,
    cast(deliveries as int) as deliveries,
    cast(refused_deliveries as int) as refused_deliveries,
    cast(declared_rows as int) as declared_rows,
    cast(refused_rows as int) as refused_rows,
    cast(landed_rows as int) as landed_rows,
    cast(accepted_rows as int) as accepted_rows,
    cast(quarantined_rows as int) as quarantined_rows,
    cast(waiting_rows as int) as waiting_rows,
    cast(repeated_rows as int) as repeated_rows,
    cast(superseded_rows as int) as superseded_rows,
    cast(deleted_rows as int) as deleted_rows,
    cast(accepted_fen * 0.01 as decimal(18,2)) as accepted_amount,
    cast(cast(landed_rows - quarantined_rows as decimal(18,0)) / nullif(landed_rows, 0) as decimal(18,4)) as acceptance_rate,
    cast(unpriced as int) as unpriced_cells
from dated
