"""The ledger: every delivery's account, counters, batches, verdicts and decisions. Files only, each written whole."""

from jobs.ledger.accounts import accounts, latest_declared, ledger_json, unbalanced
from jobs.ledger.batches import Batch, batched_deliveries, batches, finish, open_batch, unfinished
from jobs.ledger.decisions import Decision, decide, decisions, held, released_not_merged, settle_rejections
from jobs.ledger.postings import FATES, landing_postings
from jobs.ledger.records import (
    counters,
    reasons,
    unmapped,
    write_counters,
    write_postings,
    write_reasons,
    write_unmapped,
)
from jobs.ledger.verdicts import Reason, Verdict, is_judged, standing_verdicts, verdicts, write_verdicts

__all__ = [
    "FATES",
    "Batch",
    "Decision",
    "Reason",
    "Verdict",
    "accounts",
    "batched_deliveries",
    "batches",
    "counters",
    "decide",
    "decisions",
    "finish",
    "held",
    "is_judged",
    "landing_postings",
    "latest_declared",
    "ledger_json",
    "open_batch",
    "reasons",
    "released_not_merged",
    "settle_rejections",
    "standing_verdicts",
    "unbalanced",
    "unfinished",
    "unmapped",
    "verdicts",
    "write_counters",
    "write_postings",
    "write_reasons",
    "write_unmapped",
    "write_verdicts",
]
