"""Decisions on held deliveries: a person releases or rejects, with a reason, once. Append-only, one file a decision."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.reasons import DELIVERY_REJECTED
from jobs.ledger.accounts import accounts
from jobs.ledger.batches import Batch, batches, unfinished
from jobs.ledger.postings import POSTINGS
from jobs.ledger.records import REASONS, file_of, write
from jobs.ledger.verdicts import Verdict, standing_verdicts
from lakehouse import audit
from lakehouse.errors import LakehouseError
from lakehouse.files import read_json, sync
from lakehouse.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Decision:
    """What a person decided on a held delivery: release or reject.

    delivery: `<point>/<landing folder>`.   at: Beijing time of the decision; nothing is computed from it.
    """

    delivery: str
    decision: str
    reason: str
    who: str
    at: str


def held(settings: Settings, besides: Batch | None = None) -> list[Verdict]:
    """Deliveries held that nobody has decided on, by point and sequence; `besides`: as if that batch had not judged."""
    decided = {decision.delivery for decision in decisions(settings)}
    standing = standing_verdicts(settings, besides)
    found = [verdict for verdict in standing.values() if verdict.verdict == "hold" and verdict.id not in decided]
    return sorted(found, key=lambda verdict: (verdict.point, verdict.sequence, verdict.delivery))


def decide(settings: Settings, delivery: str, decision: str, reason: str, who: str) -> Decision:
    """Record a person's decision (release or reject) on a held delivery (`<point>/<landing folder>`), with an audit line.

    Raises LakehouseError without a reason, for a delivery that is not held, and for a second decision.
    """
    if decision not in ("release", "reject"):
        raise LakehouseError("HOLD-001", "A held delivery is released or rejected.", where=decision)
    if not reason.strip():
        raise LakehouseError("HOLD-002", "A decision needs a reason.", do="Say why, with --reason.")
    _refuse_second(settings, delivery)
    waiting = {verdict.id: verdict for verdict in held(settings)}
    if delivery not in waiting:
        raise LakehouseError(
            "HOLD-004", "This delivery is not held.", where=delivery, do="See `lakehouse hold list` for those that are."
        )
    at = f"{datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}"
    made = Decision(delivery, decision, reason.strip(), who, at)
    _append(settings, waiting[delivery], made)
    audit.note(settings, f"hold.{decision}", who, made.reason, delivery=delivery)
    settle_rejections(settings)
    return made


def decisions(settings: Settings) -> list[Decision]:
    """All decisions, by the file that holds them: point, then sequence."""
    return [Decision(**read_json(file)) for file in _files(settings)]


def released_not_merged(settings: Settings) -> list[str]:
    """Deliveries that were released and that no batch has taken along yet."""
    taken = {name for batch in batches(settings) for name in batch.released}
    return [made.delivery for made in decisions(settings) if made.decision == "release" and made.delivery not in taken]


def settle_rejections(settings: Settings) -> None:
    """Post every rejected delivery's waiting rows as quarantined. Idempotent; a no-op while a batch is unfinished, as
    its accounts are not complete: a night calls this before it opens a batch."""
    if unfinished(settings):
        return
    for file in _files(settings):
        made = Decision(**read_json(file))
        if made.decision == "reject" and not file_of(settings, "reasons", f"decision-{file.stem}").exists():
            _settle(settings, f"decision-{file.stem}", made)


def _settle(settings: Settings, name: str, made: Decision) -> None:
    """Write postings, then reasons: the second file says that both are there. The first is never written twice, as the
    accounts would then already hold it."""
    point, _, folder = made.delivery.partition("/")
    if file_of(settings, "postings", name).exists():
        moved = pq.read_table(file_of(settings, "postings", name)).to_pylist()
    else:
        rows = [row for row in accounts(settings, point).to_pylist() if row["delivery"] == folder]
        moved = [posting for row in rows if row["waiting_rows"] for posting in _rejection(row)]
        write(settings, "postings", name, pa.Table.from_pylist(moved, schema=POSTINGS))
    why = [{**row, "reason": DELIVERY_REJECTED.code, "column": None} for row in moved if row["fate"] == "quarantined"]
    write(settings, "reasons", name, pa.Table.from_pylist(why, schema=REASONS))


def _rejection(account: dict[str, object]) -> list[dict[str, object]]:
    """The two postings that move an account's waiting rows into quarantine."""
    head = {name: account[name] for name in ("point_id", "business_date", "sequence", "kind", "delivery", "table")}
    rows, fen = account["waiting_rows"], account["waiting_fen"]
    return [
        {**head, "fate": "waiting", "rows": -rows, "fen": -fen, "unpriced": 0},  # type: ignore[operator]
        {**head, "fate": "quarantined", "rows": rows, "fen": fen, "unpriced": 0},
    ]


def _refuse_second(settings: Settings, delivery: str) -> None:
    earlier = next((made for made in decisions(settings) if made.delivery == delivery), None)
    if earlier:
        raise LakehouseError(
            "HOLD-003",
            f"This delivery was decided on before: {earlier.decision}, {earlier.at}, by {earlier.who}.",
            where=delivery,
            do="A decision stands; ask the point for a correction if it was wrong.",
        )


def _append(settings: Settings, verdict: Verdict, made: Decision) -> None:
    """Write a decision under the next free number; a file that is there is never replaced."""
    folder = settings.ledger / "decisions"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{verdict.point}-{verdict.sequence:04d}"
    number = 1 + len(list(folder.glob(f"{stem}-*.json")))
    temporary = folder / f".{stem}.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1, sort_keys=True))
    try:
        os.link(temporary, folder / f"{stem}-{number}.json")
    except FileExistsError:
        raise LakehouseError("HOLD-005", "Somebody else is deciding on this delivery.", where=made.delivery) from None
    finally:
        temporary.unlink()
    sync(folder)


def _files(settings: Settings) -> list[Path]:
    return sorted((settings.ledger / "decisions").glob("[!.]*.json"))
