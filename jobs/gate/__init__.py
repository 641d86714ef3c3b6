"""The gate: counters of staged deliveries are judged, and a delivery passes, is warned, or is held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from expectations.gate import SEVERITIES, Thresholds, limits, sentences, thresholds
from jobs import ledger
from jobs.gate.measures import measures
from jobs.gate.validation import Breach, Docs, validate
from jobs.landing.record import Landed
from jobs.ledger import Batch, Reason, Verdict
from jobs.shelves import is_replay, records
from jobs.site import load_site
from lakehouse.settings import Settings
from warehouse_models import codes

HEAD = {"business_date", "sequence", "kind"}


def run_gate(settings: Settings, batch: Batch) -> list[Verdict]:
    """Judge a batch's deliveries, and held ones again for which it brings an earlier business date; record verdicts.
    A replayed delivery was judged when it came.

    What a rerun of the batch says is the same: its own earlier verdicts are not looked at.
    """
    taken = records(settings, batch.deliveries)
    landed = [record for record in taken if record.status == "landed" and not is_replay(settings, record)]
    verdicts = []
    if landed:
        bounds = thresholds(load_site(settings).gate)
        first = min(record.business_date for record in landed if record.business_date)
        known = _known(settings, landed, first - timedelta(days=int(bounds.window_days)))
        names = known["point_id"] + "/" + known["delivery"]
        asked = names.isin({record.id for record in landed} | _to_judge_again(settings, batch, landed))
        docs = Docs(settings.docs, batch.id, batch.night)
        verdicts = judge(known[asked], known[~asked], bounds, codes.is_workday, docs)
    ledger.write_verdicts(settings, batch, verdicts)
    return verdicts


def judge(
    counters: pd.DataFrame,
    history: pd.DataFrame,
    bounds: Thresholds,
    is_workday: Callable[[date], bool],
    docs: Docs | None = None,
) -> list[Verdict]:
    """Verdicts on the deliveries in `counters`, by point and sequence; `history`: counters of others, of any date.

    Only business dates before a delivery's own are compared with, so that the order of arrival does not matter.
    """
    if counters.empty:
        return []
    frame = measures(counters, history, bounds, is_workday)
    breaches = validate(frame, limits(bounds), docs)
    reasons: dict[tuple[str, str], dict[tuple[str, str], Reason]] = {}
    for breach in sorted(breaches, key=lambda breach: SEVERITIES.index(breach.limit.severity)):
        of_delivery = reasons.setdefault((breach.point, breach.delivery), {})
        of_delivery[breach.table, breach.limit.measure.name] = _reason(breach)  # What holds replaces what warned.
    heads = frame.drop_duplicates(["point", "delivery"])
    return [
        _verdict(row, tuple(reasons.get((row["point"], row["delivery"]), {}).values()))
        for row in heads.to_dict("records")
    ]


def _verdict(row: Mapping[Any, Any], reasons: tuple[Reason, ...]) -> Verdict:
    worst = max((SEVERITIES.index(reason.severity) for reason in reasons), default=-1)
    return Verdict(
        point=str(row["point"]),
        business_date=row["business_date"],
        sequence=int(row["sequence"]),
        delivery=str(row["delivery"]),
        verdict=("pass", *SEVERITIES)[worst + 1],
        reasons=tuple(sorted(reasons, key=lambda reason: (reason.severity, reason.table, reason.measure))),
    )


def _reason(breach: Breach) -> Reason:
    measure, severity = breach.limit.measure, breach.limit.severity
    side, threshold = breach.limit.broken(breach.value)
    says, says_zh = sentences(measure, breach.value, side, threshold)
    return Reason(measure.code, breach.table, severity, measure.name, breach.value, threshold, says, says_zh)


def _known(settings: Settings, landed: Sequence[Landed], since: date) -> pd.DataFrame:
    """Counters of business dates from `since` on, but for rejected deliveries: those say nothing about what is usual.

    A landed delivery in which no table has a row was never counted; it is here with nothing in it.
    """
    counted = ledger.counters(settings, since)
    names = counted["point_id"] + "/" + counted["delivery"]
    empty = [
        {**dict.fromkeys(counted.columns, 0), **record.model_dump(include=HEAD), "latest_event": None}
        | {"point_id": record.point, "delivery": record.folder, "table": table}
        for record in landed
        if record.id not in set(names)
        for table in record.tables or [""]
    ]
    rejected = {made.delivery for made in ledger.decisions(settings) if made.decision == "reject"}
    kept = counted[~names.isin(rejected)]
    return pd.concat([kept, pd.DataFrame(empty)], ignore_index=True) if empty else kept


def _to_judge_again(settings: Settings, batch: Batch, landed: Sequence[Landed]) -> set[str]:
    """Held deliveries for whose point the batch brings an earlier business date."""
    brought: dict[str, list[date]] = {}
    for record in landed:
        brought.setdefault(record.point, []).append(record.business_date or date.max)
    return {
        verdict.id
        for verdict in ledger.held(settings, besides=batch)
        if min(brought.get(verdict.point, [date.max])) < verdict.business_date
    }
