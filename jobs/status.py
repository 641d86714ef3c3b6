"""What a person needs to know in the morning: what happened, who is missing, what is held, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.gate import MEASURES
from expectations.reasons import reasons
from jobs import ledger, publication
from jobs.landing.due import looks
from jobs.landing.record import Landed
from jobs.ledger import FATES, Batch, Verdict
from jobs.shelves import records
from jobs.site import Point, load_points, load_site
from lakehouse.settings import Settings
from warehouse_models import registry

_MENDS = {measure.code: {"do": measure.do, "do_zh": measure.do_zh} for measure in MEASURES}
MOST = 5  # How many reasons of quarantine are worth a morning's look.


def status(settings: Settings) -> dict[str, Any]:
    """The state of the lake after the last night, as `lakehouse status --json` prints it.

    Before the first night, `night` is null and only the points that are expected are counted.
    """
    points, accounts, batches = load_points(settings), ledger.accounts(settings), ledger.batches(settings)
    found: dict[str, Any] = {
        "night": None,
        "points": len(points),
        "refused": [],
        "missing": [],
        "quarantined": [],
        "held": [held_object(verdict) for verdict in ledger.held(settings)],
        "released": ledger.released_not_merged(settings),
        "waiting": _waiting(settings, accounts),
        "waiting_days": load_site(settings).waiting_days,
        "unbalanced": accounts.num_rows - (pc.sum(accounts["balanced"]).as_py() or 0),
        "publication": _publication(settings),
    }
    if batches:
        night = [batch for batch in batches if batch.night == batches[-1].night]
        deliveries = records(settings, (name for run in night for name in run.deliveries))
        found["night"] = _night(settings, night, deliveries, accounts)
        found["refused"] = [_refused(delivery) for delivery in deliveries if delivery.status == "refused"]
        found["missing"] = _missing(settings, points, batches[-1].night)
        found["quarantined"] = _quarantined(settings, night)
    return found


def _night(
    settings: Settings, night: Sequence[Batch], deliveries: Sequence[Landed], accounts: pa.Table
) -> dict[str, Any]:
    """What all runs of a night took together."""
    taken = _of_batches(accounts, night)
    verdicts = Counter(verdict.verdict for batch in night for verdict in ledger.verdicts(settings, batch))
    statuses = Counter(delivery.status for delivery in deliveries)
    return {
        "date": night[-1].night.isoformat(),
        "runs": len(night),
        "done": all(batch.done for batch in night),
        "deliveries": {name: statuses[name] for name in ("landed", "refused", "repeated")},
        "rows": {fate: pc.sum(taken[f"{fate}_rows"]).as_py() or 0 for fate in FATES},
        "verdicts": {name: verdicts[name] for name in ("pass", "warn", "hold")},
    }


def _of_batches(rows: pa.Table, batches: Sequence[Batch]) -> pa.Table:
    """The rows of those deliveries that the batches took."""
    taken = pa.array(sorted({name for batch in batches for name in batch.deliveries}), pa.string())
    names = pc.binary_join_element_wise(rows["point_id"], rows["delivery"], "/")
    return rows.filter(pc.is_in(names, value_set=taken))


def _refused(delivery: Landed) -> dict[str, Any]:
    told = delivery.model_dump(mode="json", include={"point", "business_date", "sequence", "folder"})
    return {**told, "reasons": [reason.as_object() for reason in delivery.reasons]}


def _missing(settings: Settings, points: Sequence[Point], night: date) -> list[dict[str, Any]]:
    """Points that have delivered nothing for the night's date, the longest silent first, and why they could not be read."""
    latest, looked = ledger.latest_declared(settings, night), looks(settings)
    found = []
    for point in points:
        last = latest.get(point.id)
        if point.connected_from <= night and last != night:
            silent = (night - last).days if last else (night - point.connected_from).days + 1
            why = looked[point.id].why if point.id in looked else ""
            record = {"point": point.id, "name": point.name, "silent_days": silent, "why": why}
            found.append({**record, "latest": last.isoformat() if last else None})
    return sorted(found, key=lambda record: (-int(record["silent_days"]), str(record["point"])))


def held_object(verdict: Verdict) -> dict[str, Any]:
    """A held delivery as `lakehouse hold list --json` prints it, with the reasons that hold it."""
    reasons = [{**asdict(reason), **_MENDS[reason.code]} for reason in verdict.reasons if reason.severity == "hold"]
    return {
        "point": verdict.point,
        "business_date": verdict.business_date.isoformat(),
        "sequence": verdict.sequence,
        "reasons": reasons,
    }


def _waiting(settings: Settings, accounts: pa.Table) -> list[dict[str, Any]]:
    """Rows that wait for a parent, by table; rows of held deliveries wait for a person and are not among them."""
    held = [verdict.id for verdict in ledger.held(settings)] + ledger.released_not_merged(settings)
    names = pc.binary_join_element_wise(accounts["point_id"], accounts["delivery"], "/")
    for_a_person = pc.is_in(names, value_set=pa.array(held, pa.string()))
    some = accounts.filter(pc.and_not(pc.greater(accounts["waiting_rows"], 0), for_a_person))
    sums = some.group_by("table").aggregate([("waiting_rows", "sum"), ("business_date", "min")]).sort_by("table")
    return [
        {"table": row["table"], "rows": row["waiting_rows_sum"], "oldest": row["business_date_min"].isoformat()}
        for row in sums.to_pylist()
    ]


def _quarantined(settings: Settings, night: Sequence[Batch]) -> list[dict[str, Any]]:
    """The reasons for which most rows of the night were set aside."""
    rows = _of_batches(ledger.reasons(settings), night)
    sums = rows.group_by(["reason", "table", "column"]).aggregate([("rows", "sum"), ("point_id", "count_distinct")])
    order = [("rows_sum", "descending"), ("reason", "ascending"), ("table", "ascending"), ("column", "ascending")]
    return [
        {
            **{name: row[name] for name in ("reason", "table", "column")},
            **_sentence(row["table"], row["reason"]),
            "rows": row["rows_sum"],
            "points": row["point_id_count_distinct"],
        }
        for row in sums.sort_by(order).slice(0, MOST).to_pylist()
    ]


def _sentence(table: str, code: str) -> dict[str, str]:
    """What a reason says; nothing of a table or a reason that the contracts no longer have."""
    delivered = registry.exchange().get(table)
    found = [reason for reason in (reasons(delivered) if delivered else ()) if reason.code == code]
    return {"says": found[0].says, "says_zh": found[0].says_zh} if found else {"says": "", "says_zh": ""}


def _publication(settings: Settings) -> dict[str, Any] | None:
    shown = publication.current(settings)
    if shown is None:
        return None
    newest = publication.listing(settings)[-1].number
    return {"number": shown.number, "night": shown.night.isoformat(), "newest": newest, "tables": len(shown.tables)}
