"""Questions to a person about held deliveries, and what becomes of the answers. Counts and reasons only: no cell is shown."""

from __future__ import annotations

from typing import Any

from jobs import ledger
from jobs.ledger import Verdict
from jobs.lock import lock, wait_seconds
from jobs.status import held_object
from lakehouse import audit
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

RELEASE, REJECT, ASK_AGAIN = OPTIONS = ("放行 release", "驳回 reject", "再问 ask again")
DECISIONS = {RELEASE: "release", REJECT: "reject"}
NOBODY = "nobody in time"


def questions(settings: Settings, day: str) -> list[dict[str, Any]]:
    """One question for each held delivery: a run to start, under a name by which the same night asks only once."""
    return [
        {
            "trigger_dag_id": "hold_release",
            "trigger_run_id": f"hold__{verdict.id.replace('/', '__')}__{day}",
            "conf": {"delivery": verdict.id, "night": day},
        }
        for verdict in ledger.held(settings)
    ]


def question(settings: Settings, delivery: str) -> dict[str, str]:
    """What to ask about a held delivery: subject and body. Raises HOLD-004 for one that is not held."""
    verdict = next((each for each in ledger.held(settings) if each.id == delivery), None)
    if verdict is None:
        what, do = "This delivery is not held.", "Nothing: somebody has decided, or it has passed by itself."
        raise LakehouseError("HOLD-004", what, where=delivery, do=do)
    subject = (
        f"{verdict.point} {verdict.business_date} 序号 sequence {verdict.sequence}: 放行或驳回？ Release or reject?"
    )
    return {"subject": subject, "body": "\n".join([*_reasons(verdict), "", *_counts(settings, verdict)])}


def answer(settings: Settings, delivery: str, option: str, reason: str, who: str) -> str:
    """Do what a person answered: release, reject, or leave it held. What was done goes to the ledger and the audit trail.

    No answer in time leaves it held: `who` is empty then. Raises HOLD-002 without a reason, HOLD-003 and HOLD-004.
    """
    decision = DECISIONS.get(option, "leave")
    if decision != "leave" and not who:
        decision = "leave"  # Nobody has answered, so nobody has decided.
    if decision == "leave":
        audit.note(settings, "hold.leave", who or NOBODY, reason.strip(), delivery=delivery)
        return decision
    with lock(settings, wait_seconds()):
        ledger.decide(settings, delivery, decision, reason, who)
    return decision


def _reasons(verdict: Verdict) -> list[str]:
    """Why it is held, Chinese first, as a list in Markdown."""
    return [
        line
        for reason in held_object(verdict)["reasons"]
        for line in (
            f"- **{reason['table']} · {reason['measure']}**: {reason['says_zh']} {reason['says']}",
            f"  - {reason['do_zh']} {reason['do']}",
        )
    ]


def _counts(settings: Settings, verdict: Verdict) -> list[str]:
    """How many rows of each table were declared, wait and were quarantined, as a table in Markdown."""
    accounts = ledger.accounts(settings, verdict.point).to_pylist()
    rows = [
        f"| {row['table']} | {row['declared_rows']} | {row['waiting_rows']} | {row['quarantined_rows']} |"
        for row in accounts
        if row["delivery"] == verdict.delivery
    ]
    return ["| 表 table | 申报 declared | 等待 waiting | 隔离 quarantined |", "| --- | ---: | ---: | ---: |", *rows]
