"""Verdicts of the gates, one file a batch. A later batch may judge a held delivery again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jobs.ledger.batches import Batch, batches
from lakehouse.files import read_json, write_json
from lakehouse.settings import Settings


@dataclass(frozen=True)
class Reason:
    """Why a gate did not simply pass a delivery: a measure of one table against its threshold, and a sentence."""

    code: str
    table: str
    severity: str
    measure: str
    value: float
    threshold: float
    says: str
    says_zh: str


@dataclass(frozen=True)
class Verdict:
    """What the gates say about a delivery: pass, warn or hold. `delivery` is the landing folder."""

    point: str
    business_date: date
    sequence: int
    delivery: str
    verdict: str
    reasons: tuple[Reason, ...] = ()

    @property
    def id(self) -> str:
        """Name of the delivery in batches and decisions."""
        return f"{self.point}/{self.delivery}"


def write_verdicts(settings: Settings, batch: Batch, found: Iterable[Verdict]) -> None:
    """Record what the gates said in a batch."""
    records = [{**asdict(verdict), "business_date": verdict.business_date.isoformat()} for verdict in found]
    write_json(_file(settings, batch), records)


def verdicts(settings: Settings, batch: Batch) -> list[Verdict]:
    """What the gates said in a batch; nothing, when they did not run."""
    file = _file(settings, batch)
    return [_read(record) for record in read_json(file)] if file.exists() else []


def is_judged(settings: Settings, batch: Batch) -> bool:
    """Whether the gates have run for a batch."""
    return _file(settings, batch).exists()


def standing_verdicts(settings: Settings, besides: Batch | None = None) -> dict[str, Verdict]:
    """The verdict that stands for every delivery, by its id; `besides`: as if that batch had not judged.

    Only held deliveries are judged again, so a verdict that let one go on stands, in whatever order nights were run.
    """
    standing: dict[str, Verdict] = {}
    for batch in batches(settings):
        for verdict in verdicts(settings, batch) if batch.id != (besides and besides.id) else []:
            if verdict.id not in standing or standing[verdict.id].verdict == "hold":
                standing[verdict.id] = verdict
    return standing


def _read(record: dict[str, Any]) -> Verdict:
    return Verdict(
        point=record["point"],
        business_date=date.fromisoformat(record["business_date"]),
        sequence=record["sequence"],
        delivery=record["delivery"],
        verdict=record["verdict"],
        reasons=tuple(Reason(**reason) for reason in record["reasons"]),
    )


def _file(settings: Settings, batch: Batch) -> Path:
    return settings.ledger / "verdicts" / f"{batch.id}.json"
