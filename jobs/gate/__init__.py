"""The gate: counters of staged deliveries are judged, and a delivery passes, is warned, or is held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from expectations.gate import SEVERITIES, Thresholds, limits, sentences, thresholds
from jobs import ledger
from jobs.gate.measures import KEY, measures
from jobs.gate.validation import Breach, Docs, validate
from jobs.ledger import Batch, Reason, Verdict
from jobs.site import load_site
from lakehouse.settings import Settings
from warehouse_models import codes


def run_gate(settings: Settings, batch: Batch) -> list[Verdict]:
    """Judge a batch's deliveries, and held ones again for which it brings an earlier business date; record verdicts.

    What a rerun of the batch says is the same: its own earlier verdicts are not looked at.
    """
    bounds = thresholds(load_site(settings).gate)
    known = _without_rejected(settings, ledger.counters(settings))
    names = known["point_id"] + "/" + known["delivery"]
    brought = names.isin(set(batch.deliveries))
    asked = brought | names.isin(_to_judge_again(settings, batch, known[brought]))
    history = known[~asked]
    if asked.any():
        earliest = min(known["business_date"][asked]) - timedelta(days=int(bounds.window_days))
        history = history[history["business_date"] >= earliest]
    docs = Docs(settings.docs, batch.id, batch.night)
    verdicts = judge(known[asked], history, bounds, codes.is_workday, docs)
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


def _without_rejected(settings: Settings, counters: pd.DataFrame) -> pd.DataFrame:
    """Counters that days may be compared with: a rejected delivery says nothing about what is usual."""
    rejected = {made.delivery for made in ledger.decisions(settings) if made.decision == "reject"}
    names = counters["point_id"] + "/" + counters["delivery"]
    return counters[~names.isin(rejected)].drop_duplicates(KEY)


def _to_judge_again(settings: Settings, batch: Batch, brought: pd.DataFrame) -> set[str]:
    """Held deliveries for whose point the batch brings an earlier business date."""
    earliest = brought.groupby("point_id")["business_date"].min().to_dict()
    return {
        verdict.id
        for verdict in ledger.held(settings, besides=batch)
        if earliest.get(verdict.point, verdict.business_date) < verdict.business_date
    }
