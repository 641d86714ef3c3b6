"""Checks across the columns of one row. Columns by themselves are checked by their contract; these say what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What must hold between columns of a row of an exchange table; a row that breaks it is quarantined under `code`.

    holds: Spark SQL over the typed columns of the row; true or null passes.   column: the cell to look at first.
    passes, breaks: cells of a row that passes and of one that breaks, tested.
    """

    code: str
    table: str
    column: str
    holds: str
    says: str
    says_zh: str
    do: str
    passes: Mapping[str, str]
    breaks: Mapping[str, str]


CHECKS: tuple[Check, ...] = (
    Check(
        code="institution.licence_ends_before_it_starts",
        table="institution",
        column="licence_valid_to",
        holds="licence_valid_to >= licence_valid_from",
        says="The license ends before it starts.",
        says_zh="许可证有效期止早于有效期起",
        do="Correct whichever of the two dates is wrong and deliver the row again.",
        passes={"licence_valid_from": "2024-01-01", "licence_valid_to": "2028-12-31"},
        breaks={"licence_valid_from": "2024-01-01", "licence_valid_to": "2023-12-31"},
    ),
    Check(
        code="practitioner_registration.ends_before_it_starts",
        table="practitioner_registration",
        column="registered_to",
        holds="registered_to >= registered_from",
        says="The registration ends before it starts.",
        says_zh="注册有效期止早于有效期起",
        do="Correct whichever of the two dates is wrong and deliver the row again.",
        passes={"registered_from": "2024-01-01", "registered_to": "2028-12-31"},
        breaks={"registered_from": "2024-01-01", "registered_to": "2023-12-31"},
    ),
    Check(
        code="encounter.ends_before_it_starts",
        table="encounter",
        column="ended_at",
        holds="ended_at >= started_at",
        says="The visit ends before it starts.",
        says_zh="就诊结束时间早于接诊时间",
        do="Correct whichever of the two times is wrong and deliver the row again.",
        passes={"started_at": "2026-01-01 09:00:00", "ended_at": "2026-01-01 09:10:00"},
        breaks={"started_at": "2026-01-01 09:10:00", "ended_at": "2026-01-01 09:00:00"},
    ),
    Check(
        code="charge_item.negative_without_reversal",
        table="charge_item",
        column="amount",
        holds="amount >= 0 or reversal_of is not null",
        says="The sum is negative, but the line does not say which one it reverses.",
        says_zh="金额为负但未注明冲销的原流水号",
        do="Name the reversed line in reversal_of, or correct the sum, and deliver the row again.",
        passes={"amount": "-12.00", "reversal_of": "C1"},
        breaks={"amount": "-12.00", "reversal_of": ""},
    ),
)
