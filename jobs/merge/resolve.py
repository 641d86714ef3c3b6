"""Which version of a key stands: a function of the set of versions, not of the order in which they came.

Corrections, deletions and the rows of a full are fences: all versions of a lower sequence are out, whatever their stamp.
Among the last fence and what has a higher sequence the business stamp decides, then the sequence, then the content. A
full also speaks of what it leaves out: a key that stands in its period, by all versions of a lower sequence, is gone as of
its sequence. A version whose parent is unknown does not take part: a fence waits, for it will speak of other versions
too; any other waits where it would win, else it is superseded like any loser.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jobs.merge.candidates import OMITTED, Full, by_turn, covered, quoted
from warehouse_models.contract import ConformedTable

TIES = "stamp desc, sequence desc, is_stored desc, content_hash desc, row_number"
OMISSION = {  # What a tombstone is that a full leaves; the rest is of the row that it buries.
    "month": "stands.month",
    "sequence": "omits",
    "stamp": OMITTED,
    "fen": "cast(null as bigint)",
    "kind": "'deletion'",
    "delivery": "''",
    "row_number": "-1L",
    "content_hash": "1L",
    "state": "'omitted'",
    "eligible": "true",
    "own_fence": "omits",
    "stored_fence": "cast(null as int)",
    "is_stored": "false",
    "fate": "cast(null as string)",
}


def decided_sql(
    table: ConformedTable, has_existing: bool, has_lost: bool, fulls: Sequence[Full], retold: Collection[str]
) -> str:
    """SELECT of one row per version of each contested key: fate before and after, whether it wins, and the key's fence.

    Reads the CTE `incoming` and the frames `suspects`, `existing` (what stands now) and `lost` (rows without a parent).
    fulls: those that may leave out a contested key.   retold: points whose versions are all in `incoming` again, so that
    what fulls did before does not count.
    """
    versions = _incoming(table, has_existing, has_lost)
    if has_existing:
        versions += f" union all {_stored(table, retold)}"
    for turn in by_turn(fulls):
        versions = _with_omissions(table, versions, turn)
    key = ", ".join(table.key)
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
            select *, row_number() over (partition by {key} order by claims desc, {TIES}) as place
            from (
                select *, sequence >= greatest(key_fence, own_fence) as claims
                from (
                    select *, max(if(eligible, own_fence, 0)) over (partition by {key}) as key_fence,
                           row_number() over (partition by {key}, delivery, content_hash order by row_number) as copy
                    from ({versions})
                )
            )
        )
    )
    """


def _with_omissions(table: ConformedTable, versions: str, turn: Sequence[Full]) -> str:
    """SELECT of the versions, and of a tombstone for each key that one of these fulls leaves out.

    turn: at most one full a point, after those of lower sequence have had theirs. Left out is a key of which the full has
    no row, and whose best version of a lower sequence is a live one in its period.
    """
    key = ", ".join(table.key)
    columns = [*table.key, *VERSION]
    rank = "stamp, sequence, is_stored, content_hash, -row_number as earlier"
    best = f"struct({rank}, month, kind <> 'deletion' and is_in_period as is_left_out)"
    stated = "sequence = omits and (eligible or not is_stored)"  # Not by a tombstone of an earlier telling.
    once = f"row_number() over (partition by {key} order by sequence, delivery, row_number) = 1"
    cells = [f"if(is_omission, {OMISSION[name]}, {name}) as {name}" if name in OMISSION else name for name in columns]
    listed = ", ".join(f"('{full.point_id}', {full.sequence}, date'{full.begin}', date'{full.end}')" for full in turn)
    return f"""
        select {", ".join(cells)}
        from (
            select *, explode(if(is_first and not is_stated and stands.is_left_out, array(false, true), array(false))) as is_omission
            from (
                select *, {once} as is_first,
                       max(if(precedes and sequence >= fence_before, {best}, null)) over (partition by {key}) as stands
                from (
                    select *, coalesce(max({stated}) over (partition by {key}), false) as is_stated,
                           max(if(precedes, own_fence, 0)) over (partition by {key}) as fence_before
                    from (
                        select v.*, f.omits, coalesce(eligible and sequence < f.omits, false) as precedes,
                               {covered("v", "f.begin", "f.end")} as is_in_period
                        from ({versions}) v left join (values {listed}) f (at_point, omits, begin, end) on f.at_point = v.point_id
                    )
                )
            )
        )"""


# Columns of a version besides its key.
VERSION = ("key_hash", "event_on", *OMISSION)


def _incoming(table: ConformedTable, has_existing: bool, has_lost: bool) -> str:
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
        select {_key(table, "c")}, c.key_hash, c.event_on, {month}, c.sequence, c.{table.source.version} as stamp, c.fen, c.kind,
               c.delivery, c.row_number, c.content_hash, c.state, {"o.row_number is null" if has_lost else "true"} as eligible,
               if(c.kind = 'increment', 0, c.sequence) as own_fence, cast(null as int) as stored_fence,
               false as is_stored, 'waiting' as fate
        from incoming c left semi join {{suspects}} s on s.key_hash = c.key_hash{lost}{stands}"""


def _stored(table: ConformedTable, retold: Collection[str]) -> str:
    """What stands. A tombstone that a full left belongs to no delivered row, so it has no fate to change. Where a point's
    versions are all told again, a stored row has the fence that is its own, and such a tombstone takes no part."""
    omission = f"e.is_deleted and e.stamp = {OMITTED}"
    fate = f"case when {omission} then null when e.is_deleted then 'deleted' else 'accepted' end"
    again = f"e.point_id in ({quoted(retold)})" if retold else "false"
    return f"""
        select {_key(table, "e")}, e.key_hash, e.event_on, e.month, e.sequence, e.stamp, e.fen,
               if(e.is_deleted, 'deletion', 'increment') as kind, '' as delivery, 0L as row_number, 0L as content_hash,
               'stored' as state, not ({again} and {omission}) as eligible,
               if({again} and e.fence < e.sequence, 0, e.fence) as own_fence, e.fence as stored_fence,
               true as is_stored, {fate} as fate
        from {{existing}} e"""


def _key(table: ConformedTable, alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in table.key)
