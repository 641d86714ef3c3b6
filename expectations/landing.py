"""What landing finds in a row before anything types it: bits of the landed column `faults`.

Later steps cannot look for these again: after landing there is neither the identity number nor the broken row.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LandingFault:
    """One fault of a landed row. A row with any of them is quarantined under the fault's name.

    bit: place in `faults`, stable.   column: the cell that is wrong; empty when it is the row as a whole.
    do, do_zh: what the hospital does about it.
    """

    bit: int
    name: str
    column: str
    says: str
    says_zh: str
    do: str
    do_zh: str

    @property
    def mask(self) -> int:
        """The fault as a number to test `faults` against."""
        return 1 << self.bit


NUL_CHARACTER = LandingFault(
    0,
    "nul_character",
    "",
    "A cell holds a NUL character.",
    "单元格含有空字符（NUL）",
    "Remove the NUL characters in the extract and deliver the row again.",
    "在抽取程序中去除空字符（NUL），并重新报送该行。",
)
WRONG_NUMBER_OF_CELLS = LandingFault(
    1,
    "wrong_number_of_cells",
    "",
    "The row has more or fewer cells than the header; in JSON, it is no object of single values with each name once.",
    "行的单元格数与表头不一致；JSON 中则不是由单值字段组成的对象，或字段重名",
    "Quote cells that hold the delimiter, a quotation mark or a line break; in JSON write an object with each name once;"
    " and deliver the row again.",
    "含有分隔符、引号或换行符的单元格用引号括起；JSON 中写为对象，各字段名只出现一次；改正后重新报送该行。",
)
CERTIFICATE_CHECK_DIGIT = LandingFault(
    2,
    "certificate_check_digit",
    "certificate_number",
    "The identity number is not 15 or 18 places long, or its check digit is wrong (GB 11643).",
    "居民身份证号码位数或校验码错误（GB 11643）",
    "Correct the identity number, or the kind of document, and deliver the row again.",
    "更正身份证号码或证件类别，并重新报送该行。",
)
SEX_AGAINST_CERTIFICATE = LandingFault(
    3,
    "sex_against_certificate",
    "sex_code",
    "The sex contradicts the identity number.",
    "性别与身份证号码不符",
    "Correct whichever of the two is wrong and deliver the row again.",
    "更正两者中有误的一项，并重新报送该行。",
)
BIRTH_DATE_AGAINST_CERTIFICATE = LandingFault(
    4,
    "birth_date_against_certificate",
    "birth_date",
    "The date of birth contradicts the identity number.",
    "出生日期与身份证号码不符",
    "Correct whichever of the two is wrong and deliver the row again.",
    "更正两者中有误的一项，并重新报送该行。",
)
GUARDIAN_CERTIFICATE_CHECK_DIGIT = LandingFault(
    5,
    "guardian_certificate_check_digit",
    "guardian_certificate_number",
    "The guardian's identity number is not 15 or 18 places long, or its check digit is wrong (GB 11643).",
    "监护人居民身份证号码位数或校验码错误（GB 11643）",
    "Correct the guardian's identity number, or the kind of document, and deliver the row again.",
    "更正监护人身份证号码或证件类别，并重新报送该行。",
)
CERTIFICATE_IMPOSSIBLE_DATE = LandingFault(
    6,
    "certificate_impossible_date",
    "certificate_number",
    "The identity number holds a date of birth that no calendar has.",
    "身份证号码中的出生日期不存在",
    "Correct the identity number and deliver the row again.",
    "更正身份证号码，并重新报送该行。",
)

LANDING_FAULTS: tuple[LandingFault, ...] = (
    NUL_CHARACTER,
    WRONG_NUMBER_OF_CELLS,
    CERTIFICATE_CHECK_DIGIT,
    SEX_AGAINST_CERTIFICATE,
    BIRTH_DATE_AGAINST_CERTIFICATE,
    GUARDIAN_CERTIFICATE_CHECK_DIGIT,
    CERTIFICATE_IMPOSSIBLE_DATE,
)
