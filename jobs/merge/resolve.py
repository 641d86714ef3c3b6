"""Which version of a key stands: a function of the set of versions, not of the order in which they came.

Corrections, deletions and fulls are fences: all versions of a lower sequence are out, whatever their stamp. Among the
last fence and what has a higher sequence the business stamp decides, then the sequence, then the content. A version
whose parent is unknown does not take part; where it would win it waits, else it is superseded like any loser.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession

from jobs.merge.candidates import OMITTED, Full, period_fence
from warehouse_models.contract import ConformedTable


def decisions(
    spark: SparkSession,
    table: ConformedTable,
    contested: DataFrame,
    existing: DataFrame,
    orphans: DataFrame | None,
    fulls: Sequence[Full],
    omitting: Sequence[Full],
) -> DataFrame:
    """One row per version of each contested key: fate before and after, whether it wins, and the key's fence.

    contested: candidate rows.   existing: what stands now.   fulls: all fulls known of the table.   omitting: those of
    this batch, which also say what is gone.
    """
    frames = {"contested": contested, "existing": existing} | ({"orphans": orphans} if orphans is not None else {})
    return spark.sql(_sql(table, orphans is not None, fulls, omitting), **frames)


def _sql(table: ConformedTable, has_orphans: bool, fulls: Sequence[Full], omitting: Sequence[Full]) -> str:
    key = ", ".join(table.key)
    versions = [_incoming(table, has_orphans, fulls), _stored(table)]
    versions += [_omitted(table, full) for full in omitting]
    return f"""
    with versions as (
        {" union all ".join(versions)}
    ),
    fenced as (
        select *, max(if(eligible, own_fence, 0)) over (partition by {key}) as key_fence,
               row_number() over (partition by {key}, delivery, content_hash order by row_number) as copy
        from versions
    ),
    placed as (
        select *, sequence >= key_fence as claims,
               row_number() over (
                   partition by {key}
                   order by sequence >= key_fence desc, stamp desc, sequence desc, is_stored desc, content_hash desc, row_number
               ) as place
        from fenced
    ),
    won as (
        select *, min(if(claims and eligible, place, null)) over (partition by {key}) as best,
               max(if(is_stored, month, null)) over (partition by {key}) as stored_month,
               max(is_stored) over (partition by {key}) as has_stored
        from placed
    )
    select *, place <=> best as wins,
           case when state = 'replay' then if(copy > 1, 'repeated', 'superseded') else fate end as before,
           case when fate is null then null
                when place <=> best then if(is_stored, fate, if(kind = 'deletion', 'deleted', 'accepted'))
                when not is_stored and copy > 1 then 'repeated'
                when not eligible and claims and (best is null or place < best) then 'waiting'
                else 'superseded' end as after
    from won
    """


def _incoming(table: ConformedTable, has_orphans: bool, fulls: Sequence[Full]) -> str:
    month = "c.month" if table.has_months else "cast(null as string) as month"
    eligible = "o.row_number is null" if has_orphans else "true"
    join = " left join {orphans} o on o.delivery = c.delivery and o.row_number = c.row_number" if has_orphans else ""
    fence = f"greatest(if(c.kind = 'increment', 0, c.sequence), {period_fence('c', fulls)})"
    return f"""
        select {', '.join(f'c.{name}' for name in table.key)}, c.key_hash, {month}, c.sequence, c.{table.source.version} as stamp,
               c.fen, c.kind, c.delivery, c.row_number, c.content_hash, c.state, {eligible} as eligible, {fence} as own_fence,
               false as is_stored, 'waiting' as fate
        from {{contested}} c{join}"""


def _stored(table: ConformedTable) -> str:
    """A tombstone that a full left belongs to no delivered row, so it has no fate to change."""
    fate = f"case when e.is_deleted and e.stamp = {OMITTED} then null when e.is_deleted then 'deleted' else 'accepted' end"
    return f"""
        select {', '.join(f'e.{name}' for name in table.key)}, e.key_hash, e.month, e.sequence, e.stamp,
               e.fen, if(e.is_deleted, 'deletion', 'increment') as kind, '' as delivery, cast(0 as bigint) as row_number,
               cast(0 as bigint) as content_hash, 'stored' as state, true as eligible, e.fence as own_fence,
               true as is_stored, {fate} as fate
        from {{existing}} e"""


def _omitted(table: ConformedTable, full: Full) -> str:
    """What a full does not hold is gone: a tombstone of its sequence for every stored key of its period."""
    return f"""
        select {', '.join(f'e.{name}' for name in table.key)}, e.key_hash, e.month, {full.sequence} as sequence, {OMITTED} as stamp,
               cast(null as bigint) as fen, 'deletion' as kind, '' as delivery, cast(-1 as bigint) as row_number,
               cast(1 as bigint) as content_hash, 'omitted' as state, true as eligible, {full.sequence} as own_fence,
               false as is_stored, cast(null as string) as fate
        from {{existing}} e
        where e.point_id = '{full.point_id}' and e.sequence < {full.sequence}
          and coalesce(e.event_on, date'{full.begin}') between date'{full.begin}' and date'{full.end}'"""
