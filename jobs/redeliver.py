"""Take a point's deliveries once more: what it offers now, or the sealed originals of what it delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from jobs.arrivals import land
from jobs.landing.record import records
from jobs.lock import lock, wait_seconds
from jobs.quarantine import replay
from jobs.shelves import is_replay
from jobs.site import load_points, select_points
from jobs.transports.connections import Secrets
from lakehouse import audit
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

PULL, REPLAY = WAYS = ("重新拉取 pull", "重放原件 replay")


def redeliver(settings: Settings, asked: dict[str, Any], who: str, secrets: Secrets | None = None) -> dict[str, Any]:
    """Do what a form asks: point, first and last business date, way and reason. What landed waits for the next run.

    A pull takes everything offered up to the last date's cut-off that was not taken yet; a replay opens the originals of
    the dates. Raises REDELIVER-001 without a reason, SITE-004 for an unknown point, REDELIVER-002 for impossible dates.
    """
    point, reason, way = str(asked["point"]), str(asked["reason"]).strip(), str(asked["way"])
    if not reason:
        raise LakehouseError("REDELIVER-001", "Taking a delivery once more needs a reason.", do="Say why.")
    select_points(load_points(settings), [point])
    days = _days(str(asked["first"]), str(asked["last"]))
    audit.note(settings, f"redeliver.{way.rpartition(' ')[2]}", who, reason, point=point, first=days[0], last=days[-1])
    if way == PULL:
        return land(settings, days[-1], [point], secrets)
    with lock(settings, wait_seconds()):
        # In this process, as a pull is: one that Airflow has started cannot start others of ours.
        return {"landed": [replay(settings, point, each, workers=0).id for each in _sequences(settings, point, days)]}


def _days(first: str, last: str) -> list[str]:
    """The business dates from the first to the last."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        begin, end = date.max, date.min
    if begin > end:
        do = "Write both as YYYY-MM-DD, the earlier one first."
        raise LakehouseError("REDELIVER-002", "These are no first and last business date.", do=do)
    return [str(begin + timedelta(days=place)) for place in range((end - begin).days + 1)]


def _sequences(settings: Settings, point: str, days: Sequence[str]) -> list[int]:
    """Sequences that the point delivered for these dates and that landed."""
    return sorted(
        {
            record.sequence
            for record in records(settings, point)
            if record.status == "landed" and str(record.business_date) in days and not is_replay(settings, record)
            if record.sequence is not None
        }
    )
