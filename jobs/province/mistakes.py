"""Mistakes in single rows: how each is written, and what must become of the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jobs.province import slips
from jobs.province.dialect import Dialect
from jobs.province.draft import Row

# Closed at the end of 2025, and in 2013.
CLOSED_DIAGNOSIS, CLOSED_REGION = "K35.900", "632721"


@dataclass(frozen=True)
class Mistake:
    """A mistake in one cell. name: `<table>.<column>.<kind>`.   reason: code that the row is set aside under, or the
    repair's name.   write: from the clean row what is written otherwise, canonical; None: the row does not lend itself.
    raw: from the vendor's way of writing the cell what stands in the file.   clean: what the clean row says then.
    """

    table: str
    column: str
    kind: str
    fate: str
    reason: str
    write: Callable[[Row], Row | None] | None = None
    raw: Callable[[str], str] | None = None
    clean: Callable[[Row], Row] | None = None
    dialect: str | None = None

    @property
    def name(self) -> str:
        """Which mistake it is."""
        return f"{self.table}.{self.column}.{self.kind}"


@dataclass(frozen=True)
class Orphan:
    """A row that refers to nobody. columns: what it says of its parent."""

    table: str
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        """Which relation is broken."""
        return f"{self.table}.{'.'.join(self.columns)}"


def _repaired() -> list[Mistake]:
    wide = (
        ("charge_item", "quantity"),
        ("charge_item", "amount"),
        ("prescription_item", "supply_days"),
        ("prescription_item", "unit_price"),
        ("encounter", "department_code"),
        ("encounter_diagnosis", "diagnosis_number"),
        ("person", "birth_date"),
        ("person", "certificate_number"),
    )
    misspelled = (
        ("encounter", "department_code", "department"),
        ("encounter_diagnosis", "diagnosis_code", "icd10"),
        ("person", "ethnic_code", "ethnic_group"),
    )
    return [
        *(Mistake(table, column, "full_width", "repaired", "full_width", raw=slips.wide) for table, column in wide),
        *(
            Mistake(
                table,
                column,
                "hour_24",
                "repaired",
                "hour_24",
                slips.hour_24(column),
                clean=slips.next_midnight(column),
            )
            for table, column in (("encounter", "ended_at"), ("charge_item", "charged_at"))
        ),
        *(
            Mistake(table, "certificate_number", "lower_case_x", "repaired", "lower_case_x", slips.lower_x)
            for table in ("person", "encounter")
        ),
        *(
            Mistake(table, column, "misspelling", "repaired", "misspelling", slips.misspelled(column, listed))
            for table, column, listed in misspelled
        ),
        Mistake("person", "certificate_number", "blanks", "repaired", "blanks", raw=lambda cell: f"{cell} "),
        *(
            Mistake(table, "certificate_number", "fifteen_digits", "accepted", "", slips.fifteen)
            for table in ("person", "encounter")
        ),
    ]


def _quarantined(table: str, column: str, kind: str, write: Callable[[Row], Row | None], reason: str = "") -> Mistake:
    return Mistake(table, column, kind, "quarantined", reason or f"{table}.{column}.{kind}", write)


def _wrong_types() -> list[Mistake]:
    cells = (
        ("charge_item", "quantity", "两盒"),
        ("charge_item", "amount", "免费"),
        ("charge_item", "charged_at", "今天上午"),
        ("prescription_item", "supply_days", "七天"),
        ("prescription", "is_long_term", "是"),
        ("encounter", "started_at", "上午九点"),
    )
    dates = (
        ("charge_item", "charged_at", "2026-02-30 10:00:00"),
        ("encounter_diagnosis", "diagnosed_at", "2026-06-31 10:00:00"),
        ("encounter", "ended_at", "2026-04-31 09:30:00"),
    )
    years = (
        ("charge_item", "charged_at", "1899-12-31 10:00:00"),
        ("encounter_diagnosis", "diagnosed_at", "1026-06-24 10:00:00"),
        ("prescription_item", "issued_at", "2062-06-24 10:00:00"),
    )
    return [
        *(_quarantined(table, column, "type", slips.says(**{column: cell})) for table, column, cell in cells),
        *(
            _quarantined(table, column, "impossible_date", slips.says(**{column: cell}), f"{table}.{column}.type")
            for table, column, cell in dates
        ),
        *(_quarantined(table, column, "year", slips.says(**{column: cell})) for table, column, cell in years),
        _quarantined("encounter", "started_at", "year", slips.days_ahead),
    ]


def _wrong_codes() -> list[Mistake]:
    unknown = (
        ("charge_item", "charge_type_code", "77"),
        ("encounter_diagnosis", "diagnosis_code", "Q99.999"),
        ("prescription", "status_code", "8"),
        ("encounter", "visit_type_code", "88"),
        ("person", "sex_code", "7"),
    )
    outside = (
        ("prescription_item", "supply_days", "400"),
        ("prescription_item", "quantity", "20000"),
        ("prescription", "valid_days", "120"),
    )
    empty = (("charge_item", "item_code"), ("encounter_diagnosis", "diagnosis_code"))
    shapes = (("charge_item", "national_item_code"), ("charge_item", "institution_code"))
    return [
        *(_quarantined(table, column, "unknown_code", slips.says(**{column: code})) for table, column, code in unknown),
        _quarantined(
            "encounter_diagnosis", "diagnosis_code", "code_not_valid", slips.says(diagnosis_code=CLOSED_DIAGNOSIS)
        ),
        *(_quarantined(table, column, "range", slips.says(**{column: number})) for table, column, number in outside),
        _quarantined("charge_item", "amount", "range", slips.dear),
        *(_quarantined(table, column, "required", slips.says(**{column: None})) for table, column in empty),
        *(_quarantined(table, column, "pattern", slips.says(**{column: "ABC-1"})) for table, column in shapes),
        _quarantined("encounter", "ended_at", "early", slips.ends_early, "encounter.ends_before_it_starts"),
        _quarantined("charge_item", "amount", "negative", slips.negative, "charge_item.negative_without_reversal"),
    ]


def _found_by_landing() -> list[Mistake]:
    nul = (("charge_item", "item_code"), ("prescription_item", "quantity_unit"), ("person", "address"))
    guardian = slips.with_number(slips.wrong_check, "guardian_certificate_number")
    check = "landing.certificate_check_digit"
    return [
        *(
            Mistake(
                table,
                column,
                "nul",
                "quarantined",
                "landing.nul_character",
                raw=lambda cell: cell[:1] + "\0" + cell[1:],
            )
            for table, column in nul
        ),
        Mistake("encounter_diagnosis", "", "long_row", "quarantined", "landing.wrong_number_of_cells"),
        *(
            _quarantined(table, "certificate_number", "check_digit", slips.with_number(slips.wrong_check), check)
            for table in ("person", "encounter")
        ),
        _quarantined("person", "sex_code", "against_number", slips.other_sex, "landing.sex_against_certificate"),
        _quarantined(
            "person", "birth_date", "against_number", slips.other_birth, "landing.birth_date_against_certificate"
        ),
        _quarantined(
            "person",
            "certificate_number",
            "impossible_date",
            slips.with_number(slips.february_30),
            "landing.certificate_impossible_date",
        ),
        _quarantined(
            "encounter",
            "guardian_certificate_number",
            "check_digit",
            guardian,
            "landing.guardian_certificate_check_digit",
        ),
    ]


MISTAKES = (*_repaired(), *_wrong_types(), *_wrong_codes(), *_found_by_landing())
NOBODY = "NOBODY"
ORPHANS = (
    Orphan("practitioner_registration", {"practitioner_id": "D9999"}),
    Orphan("encounter", {"patient_id": NOBODY}),
    Orphan("encounter", {"institution_code": "43219999563270111A1001"}),
    Orphan("encounter", {"practitioner_id": "D9999"}),
    Orphan("encounter_diagnosis", {"encounter_id": NOBODY}),
    Orphan("prescription", {"encounter_id": NOBODY}),
    Orphan("prescription", {"practitioner_id": "D9999"}),
    Orphan("prescription_item", {"prescription_id": NOBODY}),
    Orphan("prescription_item", {"drug_code": "Y99999"}),
    Orphan("charge_item", {"encounter_id": NOBODY}),
)


def lends_itself(mistake: Mistake, row: Row, dialect: Dialect) -> bool:
    """Whether a clean row can bear the mistake: the cell is filled, and the way of writing it exists."""
    if mistake.kind == "full_width" and mistake.column == "certificate_number":
        return slips.resident(row) is not None
    if mistake.column and mistake.kind not in ("required",) and row.get(mistake.column) is None:
        return False
    if mistake.kind == "misspelling" and _list_of(mistake.column) in dialect.written:
        return False
    if mistake.kind == "hour_24":
        return True
    return mistake.write is None or mistake.write(row) is not None


def _list_of(column: str) -> str:
    return {"department_code": "department", "diagnosis_code": "icd10", "ethnic_code": "ethnic_group"}[column]
