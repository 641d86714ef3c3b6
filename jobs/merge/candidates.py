"""The rows that may change a table in this batch, as SQL: new and released ones, waiting ones, and ones to weigh again.

Everything here is text: Spark Connect analyses a query anew whenever it is part of another one, so a merge is a few
whole queries, not many small frames.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from jobs.hashes import row_hash
from warehouse_models.contract import ConformedTable

OMITTED = "timestamp_ntz'0001-01-01 00:00:00'"  # Version of a tombstone that a full left: any later row outranks it.


@dataclass(frozen=True)
class Full:
    """A full delivery: every row of the table in its period that it does not hold is gone, as of its sequence."""

    point_id: str
    sequence: int
    begin: date
    end: date


@dataclass(frozen=True)
class Again:
    """Merged rows to weigh again. deliveries: those that may have some, by the batch that staged them.   retold: points of
    which every merged delivery is there.   stating: points of which a full is merged now."""

    deliveries: Mapping[str, Collection[str]] = field(default_factory=dict)
    retold: frozenset[str] = frozenset()
    stating: frozenset[str] = frozenset()


def key_hash(table: ConformedTable, alias: str) -> str:
    """SQL of a hash of the key. Equal keys have equal hashes; a collision only widens what is looked at."""
    return f"xxhash64({', '.join(f'{alias}.{name}' for name in table.key)})"


def event_on(table: ConformedTable, alias: str) -> str:
    """SQL of the day a row is about; null in tables without months."""
    month_of = table.source.month_of
    return (
        f"coalesce(cast({alias}.{month_of} as date), {alias}.original_event_on)" if month_of else "cast(null as date)"
    )


def incoming_sql(
    table: ConformedTable, deliveries: Mapping[str, Collection[str] | None], waits: bool, again: Again
) -> str:
    """CTEs `fresh` (what this batch weighs for the first time, and what waited) and `incoming` (with what it weighs again),
    of the frames `staged` (sound rows of the batches that are named) and `parked` (rows that waited).

    deliveries: by batch, the deliveries to merge; None for all that the batch staged.
    """
    parts = [_staged(table, batch, names, "new") for batch, names in deliveries.items()]
    if waits:
        parts.append(f"select {_candidate(table, 's', 'waiting')} from {{parked}} s")
    merged = [_staged(table, batch, names, "replay") for batch, names in again.deliveries.items()]
    fresh = f"fresh as ({' union all '.join(parts)})"
    if not merged:
        return f"{fresh}, incoming as (select * from fresh)"
    spoken_of = _spoken_of(waits, again)
    return f"{fresh}, again as ({' union all '.join(merged)}), incoming as (select * from fresh union all {spoken_of})"


def _staged(table: ConformedTable, batch: str, names: Collection[str] | None, state: str) -> str:
    chosen = "" if names is None else f" and s.delivery in ({quoted(names)})"
    return f"select {_candidate(table, 's', state)} from {{staged}} s where s.batch = '{batch}'{chosen}"


def _candidate(table: ConformedTable, alias: str, state: str) -> str:
    """SQL list: a staged row with the hashes of its key and content, its day, and the state it comes in."""
    content = row_hash([f"{alias}.{column.name}" for column in table.columns])
    return (
        f"{alias}.*, '{state}' as state, {key_hash(table, alias)} as key_hash, {content} as content_hash,"
        f" {event_on(table, alias)} as event_on"
    )


def _spoken_of(waits: bool, again: Again) -> str:
    """Of merged rows, those whose key a fence speaks of now, or anything where the point is told again; every row of a point
    that states everything now; not what waits anyway."""
    retold = f" or point_id in ({quoted(again.retold)})" if again.retold else ""
    keys = f"a.key_hash in (select key_hash from fresh where kind <> 'increment'{retold})"
    stated = f" or a.point_id in ({quoted(again.stating)})" if again.stating else ""
    waiting = " and not exists (select 1 from {parked} w where w.delivery = a.delivery and w.row_number = a.row_number)"
    return f"select a.* from again a where ({keys}{stated}){waiting if waits else ''}"


def orphans_sql(table: ConformedTable, keys: Mapping[str, Sequence[str]]) -> str:
    """SELECT over `incoming`: rows whose parent nobody knows, neither live nor as a tombstone. A deletion needs none. The
    parents' tables are the frames `parent_<name>`.

    keys: the key columns of each parent table, without the point."""
    missing = []
    for parent in table.source.parents:
        pairs = " and ".join(
            f"p.{key} = i.{name}" for key, name in zip(keys[parent.table], parent.columns, strict=True)
        )
        named = " and ".join(f"i.{name} is not null" for name in parent.columns)
        known = f"exists (select 1 from {{parent_{parent.table}}} p where p.point_id = i.point_id and {pairs})"
        missing.append(f"({named} and not {known})")
    return (
        "select i.delivery, i.row_number, i.key_hash, i.point_id, i.sequence, i.fen from incoming i"
        f" where i.kind <> 'deletion' and ({' or '.join(missing)})"
    )


def existing_sql(table: ConformedTable, omitting: Sequence[Full]) -> str:
    """SELECT: what stands in the table, the frame `target`, for the keys of `incoming`, and for every key in the period of a
    full.

    Only narrow columns are read, but of the whole table: a correction may move a row from any month to any other.
    """
    month = "t.month" if table.has_months else "cast(null as string) as month"
    amount = f"cast(t.{table.source.amount} * 100 as bigint)" if table.source.amount else "cast(null as bigint)"
    month_of = table.source.month_of
    day = f"coalesce(cast(t.{month_of} as date), cast(t.month || '-01' as date))" if month_of else "cast(null as date)"
    narrow = (
        f"select {', '.join(f't.{name}' for name in table.key)}, {month}, t.sequence, t.fence, t.is_deleted,"
        f" t.{table.source.version} as stamp, {amount} as fen, {day} as event_on, {key_hash(table, 't')} as key_hash"
        f" from {{target}} t"
    )
    wanted = "n.key_hash in (select key_hash from incoming)"
    return f"select * from ({narrow}) n where {' or '.join([wanted, *(_omitted(full) for full in omitting)])}"


def suspects_sql(existing: bool, again: bool, preceded: Sequence[Full], omitting: Sequence[Full]) -> str:
    """SELECT of the hashes of keys that need weighing: met twice, met before, waited for, older than a full that may leave
    them out."""
    met = "select key_hash from incoming" + (" union all select key_hash from {existing}" if existing else "")
    parts = [f"select key_hash from ({met}) group by key_hash having count(*) > 1"]
    if again or preceded:
        older = "".join(f" or (i.point_id = '{full.point_id}' and i.sequence < {full.sequence})" for full in preceded)
        parts.append(f"select i.key_hash from incoming i where i.state <> 'new'{older}")
    if omitting and existing:
        parts.append("select key_hash from {existing}")
    return " union ".join(parts)


def by_turn(fulls: Sequence[Full]) -> list[list[Full]]:
    """The first full of each point, then the second of each, and so on."""
    turns: list[list[Full]] = []
    seen = Counter[str]()
    for full in sorted(fulls, key=lambda full: (full.point_id, full.sequence)):
        if len(turns) == seen[full.point_id]:
            turns.append([])
        turns[seen[full.point_id]].append(full)
        seen[full.point_id] += 1
    return turns


def covered(alias: str, begin: str, end: str) -> str:
    """SQL: whether a row's day is in a period. A row without a day belongs to a register, which a full states whatever its
    period."""
    return f"coalesce({alias}.event_on between {begin} and {end}, true)"


def _omitted(full: Full) -> str:
    """SQL: whether a stored row is one that the full should have if it stands."""
    period = covered("n", f"date'{full.begin}'", f"date'{full.end}'")
    return f"(n.point_id = '{full.point_id}' and n.sequence < {full.sequence} and {period})"


def quoted(names: Collection[str]) -> str:
    """SQL: a list of texts, in one order whatever the collection's."""
    return ", ".join(f"'{name}'" for name in sorted(names))
