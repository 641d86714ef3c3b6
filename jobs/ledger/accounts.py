"""Accounts: what became of every row and fen of a delivery, table by table.

`declared = refused + landed`; `landed = accepted + quarantined + waiting + repeated + superseded + deleted`, both in
rows and in fen. No fate can have fewer than no rows; fen may be negative, as reversals are.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ledger.postings import FATES
from jobs.ledger.records import query
from lakehouse.settings import Settings

_AFTER_LANDING = FATES[FATES.index("landed") + 1 :]


def accounts(
    settings: Settings,
    point: str | None = None,
    business_date: date | None = None,
    table: str | None = None,
    months: list[str] | None = None,
) -> pa.Table:
    """One row per point, business date, sequence, kind, delivery (folder) and table, in that order.

    Columns `<fate>_rows`, `<fate>_fen`, `unpriced` (landed cells that are not money), `balanced`. The filters narrow to
    a point, a business date, a table, or business dates in months (`YYYY-MM`).
    """
    filters = {
        "point_id = ?": point,
        "business_date = ?": business_date,
        '"table" = ?': table,
        "strftime(business_date, '%Y-%m') in (select unnest(?))": months,
    }
    asked = {text: value for text, value in filters.items() if value is not None}
    return query(settings, "postings", _account_sql(list(asked)), asked.values())


def latest_declared(settings: Settings, day: date) -> dict[str, date]:
    """The newest business date up to a day for which each point has delivered anything, refused or not."""
    sql = """
        select point_id, max(business_date) as latest from postings
        where business_date <= ? and fate = 'declared' group by point_id
    """
    return dict(zip(*query(settings, "postings", sql, [day]).to_pydict().values(), strict=True))


def unbalanced(settings: Settings) -> pa.Table:
    """Accounts that do not balance; none, after a night."""
    every = accounts(settings)
    return every.filter(pc.invert(every["balanced"]))


def ledger_json(
    settings: Settings, point: str | None = None, business_date: date | None = None, table: str | None = None
) -> list[dict[str, Any]]:
    """The accounts as `lakehouse ledger --json` prints them: one object per delivery and table."""
    return [_as_object(row) for row in accounts(settings, point, business_date, table).to_pylist()]


def _as_object(row: dict[str, Any]) -> dict[str, Any]:
    day = row["business_date"]
    return {
        "point": row["point_id"],
        "business_date": day and day.isoformat(),
        "sequence": row["sequence"],
        "kind": row["kind"],
        "table": row["table"],
        **{fate: {"rows": row[f"{fate}_rows"], "fen": row[f"{fate}_fen"]} for fate in FATES},
        "unpriced": row["unpriced"],
        "balanced": row["balanced"],
    }


def _account_sql(filters: list[str]) -> str:
    """The query over all postings. Every name in it is a constant of this module; values are parameters."""
    sums = [
        f"coalesce(sum({unit}) filter (fate = '{fate}'), 0)::bigint as {fate}_{unit}"
        for fate in FATES
        for unit in ("rows", "fen")
    ]
    laws = [f"least({', '.join(f'{fate}_rows' for fate in FATES)}) >= 0"]
    for unit in ("rows", "fen"):
        laws.append(f"declared_{unit} = refused_{unit} + landed_{unit}")
        laws.append(f"landed_{unit} = {' + '.join(f'{fate}_{unit}' for fate in _AFTER_LANDING)}")
    key = 'point_id, business_date, sequence, kind, delivery, "table"'
    return f"""
        with summed as (
            select {key}, {", ".join(sums)},
                   coalesce(sum(unpriced) filter (fate = 'landed'), 0)::bigint as unpriced
            from postings where {" and ".join(filters) or "true"} group by {key}
        )
        select *, {" and ".join(laws)} as balanced from summed order by {key}
    """
