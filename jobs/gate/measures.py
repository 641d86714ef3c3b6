"""What a night's counters say about each delivery and table, against earlier business dates of the same point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pyarrow as pa

from expectations.gate import MEASURES, Thresholds
from jobs.duck import connect
from jobs.ledger.records import COUNTERS

KEY = ["point_id", "delivery", "table"]

# Days are compared by business date and never by the order in which deliveries came: a day's rows are those of its
# increments up to the judged one's sequence, a table that a day did not bring counts as none, and days of rest are
# compared with days of rest.
_SQL = """
with increments as (
    select * from known where kind = 'increment'
),
judged as (
    select distinct point_id, business_date, sequence, kind, delivery, is_workday from asked
),
days as (
    select distinct point_id, business_date, is_workday from increments
),
comparable as (
    select judged.point_id, judged.delivery, days.business_date
    from judged join days using (point_id, is_workday)
    where judged.kind = 'increment' and days.business_date < judged.business_date
      and days.business_date >= judged.business_date - $window::int
),
history as (
    select point_id, delivery, count(*) as comparable_days from comparable group by all
),
daily as (
    select point_id, "table", business_date, sum("rows") as "rows", sum(fen) as fen,
           sum(nulls) / nullif(sum(cells), 0) as null_share
    from increments group by all
),
expected as (
    select point_id, delivery, "table" from asked
    union
    select distinct comparable.point_id, comparable.delivery, daily."table"
    from comparable join daily using (point_id, business_date)
),
usual as (
    select expected.point_id, expected.delivery, expected."table", median(coalesce(daily."rows", 0)) as "rows",
           median(coalesce(daily.fen, 0)) as fen, median(daily.null_share) as null_share
    from expected join comparable using (point_id, delivery) left join daily using (point_id, business_date, "table")
    group by all
),
so_far as (
    select judged.point_id, judged.delivery, increments."table", sum(increments."rows") as "rows",
           sum(increments.fen) as fen
    from judged join increments using (point_id, business_date)
    where increments.sequence <= judged.sequence
    group by all
),
joined as (
    select judged.*, expected."table", asked.* exclude (point_id, business_date, sequence, kind, delivery, "table",
           is_workday, "rows", fen), coalesce(asked."rows", 0) as "rows", coalesce(so_far."rows", 0) as day_rows,
           coalesce(so_far.fen, 0) as day_fen, usual."rows" as usual_rows, usual.fen as usual_fen, usual.null_share,
           judged.kind = 'increment' as is_increment, history.comparable_days >= $days as has_history,
           greatest(coalesce(usual."rows", 0), coalesce(so_far."rows", 0)) as most_rows
    from expected join judged using (point_id, delivery)
    left join asked using (point_id, delivery, "table")
    left join usual using (point_id, delivery, "table")
    left join so_far using (point_id, delivery, "table")
    left join history using (point_id, delivery)
),
marked as (
    select *, is_increment and has_history and most_rows >= $compared as is_compared from joined
),
measured as (
    select point_id, delivery, "table", business_date, sequence,
           null::double as comparable_days,
           case when is_compared and usual_rows > 0 then day_rows / usual_rows end as volume_ratio,
           case when is_compared and usual_fen > 0 then day_fen / usual_fen end as fen_ratio,
           quarantined / nullif("rows", 0) as quarantined_share,
           unmapped / nullif(coded, 0) as unmapped_share,
           case when is_increment and has_history then nulls / nullif(cells, 0) - null_share end as null_rise,
           case when is_increment then business_date - latest_event end as freshness_days,
           unpriced / nullif("rows", 0) as unpriced_share,
           most_rows >= $least or "rows" >= $least as is_firm
    from marked
    union all by name
    select point_id, delivery, '' as "table", business_date, sequence,
           coalesce(comparable_days, 0) as comparable_days, false as is_firm
    from judged left join history using (point_id, delivery) where kind = 'increment'
)
select * from measured order by point_id, sequence, delivery, "table"
"""


def measures(
    counters: pd.DataFrame, history: pd.DataFrame, bounds: Thresholds, is_workday: Callable[[date], bool]
) -> pd.DataFrame:
    """One row per judged delivery and table (`""`: the delivery as a whole) with every measure, null where not judged.

    A table that comparable days bring and the delivery does not is measured as well. `<measure>_firm` repeats a measure
    where the table has enough rows to hold its delivery.
    """
    known = pd.concat([history, counters]).drop_duplicates(KEY, keep="last")
    with connect() as connection:
        for name, rows in (("known", known), ("asked", counters)):
            typed = pa.Table.from_pandas(rows, schema=COUNTERS, preserve_index=False)
            workdays = pa.array([is_workday(day) for day in typed["business_date"].to_pylist()], pa.bool_())
            connection.register(name, typed.append_column("is_workday", workdays))
        parameters = {
            "window": bounds.window_days,
            "days": bounds.comparable_days_warn_below,
            "compared": bounds.least_rows_compared,
            "least": bounds.least_rows,
        }
        frame = connection.execute(_SQL, parameters).to_arrow_table().to_pandas(date_as_object=True)
    for measure in MEASURES:
        frame[measure.name] = frame[measure.name].astype("float64")
        frame[f"{measure.name}_firm"] = frame[measure.name].where(frame["is_firm"])
    return frame.rename(columns={"point_id": "point"})
