"""Which version of a key stands: a function of the set of versions, not of the order in which they came.

Corrections, deletions and fulls are fences: all versions of a lower sequence are out, whatever their stamp. Among the
last fence and what has a higher sequence the business stamp decides, then the sequence, then the content. A version
whose parent is unknown does not take part: a fence waits, for it will speak of other versions too; any other waits where
it would win, else it is superseded like any loser.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.merge.candidates import OMITTED, Full, period_fence
from warehouse_models.contract import ConformedTable


def decided_sql(
    table: ConformedTable, has_existing: bool, has_lost: bool, fulls: Sequence[Full], omitting: Sequence[Full]
) -> str:
    """SELECT of one row per version of each contested key: fate before and after, whether it wins, and the key's fence.

    Reads the CTE `incoming` and the frames `suspects`, `existing` (what stands now) and `lost` (rows without a parent).
    fulls: all fulls known of the table.   omitting: those of this batch, which also say what is gone.
    """
    versions = [_incoming(table, has_existing, has_lost, fulls)]
    if has_existing:
        versions += [_stored(table), *(_omitted(table, full) for full in omitting)]
    key = ", ".join(table.key)
    order = "stamp desc, sequence desc, is_stored desc, content_hash desc, row_number"
    return f"""
    select *, place <=> best as wins,
           case when state = 'replay' then if(copy > 1, 'repeated', 'superseded') else fate end as before,
           case when fate is null then null
                when place <=> best then if(is_stored, fate, if(kind = 'deletion', 'deleted', 'accepted'))
                when not is_stored and copy > 1 then 'repeated'
                when not eligible and claims and (kind <> 'increment' or best is null or place < best) then 'waiting'
                else 'superseded' end as after
    from (
        select *, min(if(claims and eligible, place, null)) over (partition by {key}) as best
        from (
            select *, row_number() over (partition by {key} order by claims desc, {order}) as place
            from (
                select *, sequence >= greatest(key_fence, own_fence) as claims
                from (
                    select *, max(if(eligible, own_fence, 0)) over (partition by {key}) as key_fence,
                           row_number() over (partition by {key}, delivery, content_hash order by row_number) as copy
                    from ({" union all ".join(versions)})
                )
            )
        )
    )
    """


def _incoming(table: ConformedTable, has_existing: bool, has_lost: bool, fulls: Sequence[Full]) -> str:
    """Candidates of contested keys. One that is weighed again and stands is there as the stored row already."""
    month = "c.month" if table.has_months else "cast(null as string) as month"
    lost = " left join {lost} o on o.delivery = c.delivery and o.row_number = c.row_number" if has_lost else ""
    same = " and ".join(f"e.{name} = c.{name}" for name in table.key)
    stands = (
        f" left anti join {{existing}} e on c.state = 'replay' and e.sequence = c.sequence and {same}"
        if has_existing
        else ""
    )
    return f"""
        select {_key(table, "c")}, c.key_hash, {month}, c.sequence, c.{table.source.version} as stamp, c.fen, c.kind,
               c.delivery, c.row_number, c.content_hash, c.state, {"o.row_number is null" if has_lost else "true"} as eligible,
               greatest(if(c.kind = 'increment', 0, c.sequence), {period_fence("c", fulls)}) as own_fence,
               false as is_stored, 'waiting' as fate
        from incoming c left semi join {{suspects}} s on s.key_hash = c.key_hash{lost}{stands}"""


def _stored(table: ConformedTable) -> str:
    """What stands. A tombstone that a full left belongs to no delivered row, so it has no fate to change."""
    fate = (
        f"case when e.is_deleted and e.stamp = {OMITTED} then null when e.is_deleted then 'deleted' else 'accepted' end"
    )
    return f"""
        select {_key(table, "e")}, e.key_hash, e.month, e.sequence, e.stamp, e.fen,
               if(e.is_deleted, 'deletion', 'increment') as kind, '' as delivery, 0L as row_number, 0L as content_hash,
               'stored' as state, true as eligible, e.fence as own_fence, true as is_stored, {fate} as fate
        from {{existing}} e"""


def _omitted(table: ConformedTable, full: Full) -> str:
    """What a full does not hold is gone: a tombstone of its sequence for every stored key of its period."""
    return f"""
        select {_key(table, "e")}, e.key_hash, e.month, {full.sequence} as sequence, {OMITTED} as stamp,
               cast(null as bigint) as fen, 'deletion' as kind, '' as delivery, -1L as row_number, 1L as content_hash,
               'omitted' as state, true as eligible, {full.sequence} as own_fence, false as is_stored,
               cast(null as string) as fate
        from {{existing}} e
        where e.point_id = '{full.point_id}' and e.sequence < {full.sequence}
          and coalesce(e.event_on, date'{full.begin}') between date'{full.begin}' and date'{full.end}'"""


def _key(table: ConformedTable, alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in table.key)
