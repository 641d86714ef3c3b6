"""Checks across the columns of one row. Columns by themselves are checked by their contract; these say what it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase, digits


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
    do_zh: str
    passes: Mapping[str, str]
    breaks: Mapping[str, str]


CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_character(column: str, alphabet: str, weights: Sequence[int], checks: str) -> str:
    """SQL: whether the character behind the weighted ones is the one that makes the sum of all a multiple of the modulus,
    which is how many check characters there are. Written as differences: see ADR 0021."""
    terms = (
        f"{-weight} * (instr('{alphabet}', substr({column}, {place}, 1)) - 1)"
        for place, weight in enumerate(weights, 1)
    )
    modulus, place = len(checks), len(weights) + 1
    remainder = f"({' - '.join(['0', *terms])}) % {modulus}"
    return f"substr({column}, {place}, 1) = substr('{checks}', ({modulus} - {remainder}) % {modulus} + 1, 1)"


CHECKS: tuple[Check, ...] = (
    Check(  # GB 11714: 0-9 and A-Z as 0-35, weights 3**i mod 11; WS 218 begins with it.
        code="institution.code_check_character",
        table="institution",
        column="institution_code",
        holds=check_character("institution_code", digits + ascii_uppercase, (3, 7, 9, 10, 5, 8, 4, 2), "0123456789X"),
        says="The ninth character of the institution's code does not check the eight before it.",
        says_zh="医疗机构代码第九位校验码不符",
        do="Correct the code as it stands on the license and deliver the row again.",
        do_zh="按许可证所载更正代码，并重新报送该行。",
        passes={"institution_code": "45072000563270122A1001"},
        breaks={"institution_code": "45072000463270122A1001"},
    ),
    Check(  # GB 32100: weights 3**i mod 31.
        code="institution.credit_code_check_character",
        table="institution",
        column="credit_code",
        holds=check_character(
            "credit_code", CREDIT_ALPHABET, [pow(3, place, 31) for place in range(17)], CREDIT_ALPHABET
        ),
        says="The last character of the credit code does not check the others.",
        says_zh="统一社会信用代码校验码不符",
        do="Correct the code as it stands on the certificate and deliver the row again.",
        do_zh="按证书所载更正代码，并重新报送该行。",
        passes={"credit_code": "125100004507200057"},
        breaks={"credit_code": "125100004507200058"},
    ),
    Check(
        code="institution.licence_ends_before_it_starts",
        table="institution",
        column="licence_valid_to",
        holds="licence_valid_to >= licence_valid_from",
        says="The license ends before it starts.",
        says_zh="许可证有效期止早于有效期起",
        do="Correct whichever of the two dates is wrong and deliver the row again.",
        do_zh="更正两个日期中有误的一个，并重新报送该行。",
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
        do_zh="更正两个日期中有误的一个，并重新报送该行。",
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
        do_zh="更正两个时间中有误的一个，并重新报送该行。",
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
        do_zh="在 reversal_of 中注明被冲销的明细，或更正金额，并重新报送该行。",
        passes={"amount": "-12.00", "reversal_of": "C1"},
        breaks={"amount": "-12.00", "reversal_of": ""},
    ),
)
