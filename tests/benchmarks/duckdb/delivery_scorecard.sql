-- What each point delivered for a business date, and what became of it.
with accounts as (
    select
        d.point_id, d.business_date, d.table_name, d.is_refused,
        d.declared_rows, d.landed_rows, d.unpriced,
        coalesce(f.accepted, 0) as accepted, coalesce(f.accepted_fen, 0) as accepted_fen,
        coalesce(f.quarantined, 0) as quarantined, coalesce(f.waiting, 0) as waiting,
        case when d.is_repeated then d.landed_rows else coalesce(f.repeated, 0) end as repeated,
        coalesce(f.superseded, 0) as superseded
    from deliveries d
    left join fates f on f.point_id = d.point_id and f.sequence = d.sequence and f.table_name = d.table_name
        and not d.is_refused and not d.is_repeated
    where d.table_name is not null and d.business_date is not null
),
dated as (
    select
        business_date, point_id, table_name,
        count(*) as deliveries,
        count(*) filter (is_refused and declared_rows > 0) as refused_deliveries,
        sum(declared_rows) as declared_rows,
        coalesce(sum(declared_rows) filter (is_refused), 0) as refused_rows,
        sum(landed_rows) as landed_rows,
        sum(accepted) as accepted_rows,
        sum(quarantined) as quarantined_rows,
        sum(waiting) as waiting_rows,
        sum(repeated) as repeated_rows,
        sum(superseded) as superseded_rows,
        sum(accepted_fen) as accepted_fen,
        sum(unpriced) as unpriced
    from accounts
    group by all
)
select
    strftime(business_date, '%Y-%m') as month, business_date, point_id, table_name,
    cast(deliveries as integer) as deliveries,
    cast(refused_deliveries as integer) as refused_deliveries,
    cast(declared_rows as integer) as declared_rows,
    cast(refused_rows as integer) as refused_rows,
    cast(landed_rows as integer) as landed_rows,
    cast(accepted_rows as integer) as accepted_rows,
    cast(quarantined_rows as integer) as quarantined_rows,
    cast(waiting_rows as integer) as waiting_rows,
    cast(repeated_rows as integer) as repeated_rows,
    cast(superseded_rows as integer) as superseded_rows,
    0 as deleted_rows,
    as_yuan(accepted_fen) as accepted_amount,
    cast(quotient(landed_rows - quarantined_rows, landed_rows) as decimal(18, 4)) as acceptance_rate,
    cast(unpriced as integer) as unpriced_cells
from dated
