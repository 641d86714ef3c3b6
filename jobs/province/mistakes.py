"""Mistakes in single rows: how each is written, and what must become of the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.province.check_digits import resident_number
from jobs.province.dialect import Dialect
from jobs.province.draft import Row
from warehouse_models import codes

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
# Closed on 2025-12-31; before 1900 and far ahead; a day that no month has.
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


def _says(**cells: str | None) -> Callable[[Row], Row]:
    return lambda row: dict(cells)


def _number(row: Row) -> str | None:
    """The row's resident number, if that is what it shows."""
    return row["certificate_number"] if row.get("certificate_type_code") == "01" else None


def _with_x(row: Row) -> bool:
    return (_number(row) or "").endswith("X")


def _lower_x(row: Row) -> Row | None:
    return {"certificate_number": (_number(row) or "").lower()} if _with_x(row) else None


def _resident(change: Callable[[str], str], column: str = "certificate_number") -> Callable[[Row], Row | None]:
    """A changed resident number, for rows that have one."""

    def write(row: Row) -> Row | None:
        number = _number(row) if column == "certificate_number" else row.get(column)
        return {column: change(number)} if number and len(number) == 18 else None

    return write


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def _february_30(number: str) -> str:
    return resident_number(number[:10] + "0230" + number[14:17])


def _other_sex(row: Row) -> Row | None:
    return {"sex_code": "2" if row["sex_code"] == "1" else "1"} if _number(row) else None


def _other_birth(row: Row) -> Row | None:
    born = datetime.fromisoformat(row["birth_date"] or "")
    return {"birth_date": str((born - timedelta(days=31)).date())} if _number(row) else None


def _next_midnight(column: str) -> Callable[[Row], Row]:
    """The clean row of one that says 24:00: the next day at 00:00."""

    def clean(row: Row) -> Row:
        next_day = (datetime.fromisoformat(row[column] or "") + timedelta(days=1)).date()
        return {column: f"{next_day} 00:00:00", "updated_at": f"{next_day} 00:04:00"}

    return clean


def _hour_24(column: str) -> Callable[[Row], Row | None]:
    def write(row: Row) -> Row | None:
        """The cell of a clean row that says 00:00 of the next day."""
        day = (datetime.fromisoformat(row[column] or "") - timedelta(days=1)).date()
        return {column: f"{day} 24:00:00"}

    return write


def _misspelled(column: str, list_name: str) -> Callable[[Row], Row | None]:
    ways = {wrong.meant: wrong.written for wrong in codes.misspellings() if wrong.list == list_name}

    def write(row: Row) -> Row | None:
        way = ways.get(row[column] or "")
        return {column: way} if way else None

    return write


def _days_ahead(row: Row) -> Row:
    """Three days after the event: later than any delivery of its own day may say."""
    shifted = datetime.fromisoformat(row["started_at"] or "") + timedelta(days=3)
    return {"started_at": str(shifted), "ended_at": str(shifted + timedelta(minutes=10))}


def _ends_early(row: Row) -> Row | None:
    begun = datetime.fromisoformat(row["started_at"] or "")
    return {"ended_at": str(begun - timedelta(minutes=5))} if row["ended_at"] else None


def _dear(row: Row) -> Row:
    return {"quantity": "2", "unit_price": "750000.00", "amount": "1500000.00"}


def _negative(row: Row) -> Row | None:
    positive = row["reversal_of"] is None and not (row["amount"] or "").startswith("-") and row["amount"] != "0.00"
    return {"quantity": f"-{row['quantity']}", "amount": f"-{row['amount']}"} if positive else None


def _fifteen(row: Row) -> Row | None:
    """The number of before 1999: no century, no check digit."""
    number = _number(row) or ""
    return {"certificate_number": number[:6] + number[8:17]} if number[6:8] == "19" else None


def _wide(cell: str) -> str:
    return cell.translate(FULL_WIDTH)


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
        *(Mistake(table, column, "full_width", "repaired", "full_width", raw=_wide) for table, column in wide),
        *(
            Mistake(table, column, "hour_24", "repaired", "hour_24", _hour_24(column), clean=_next_midnight(column))
            for table, column in (("encounter", "ended_at"), ("charge_item", "charged_at"))
        ),
        *(
            Mistake(table, "certificate_number", "lower_case_x", "repaired", "lower_case_x", _lower_x)
            for table in ("person", "encounter")
        ),
        *(
            Mistake(table, column, "misspelling", "repaired", "misspelling", _misspelled(column, listed))
            for table, column, listed in misspelled
        ),
        Mistake("person", "certificate_number", "blanks", "repaired", "blanks", raw=lambda cell: f"{cell} "),
        *(
            Mistake(table, "certificate_number", "fifteen_digits", "accepted", "", _fifteen)
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
        *(_quarantined(table, column, "type", _says(**{column: cell})) for table, column, cell in cells),
        *(
            _quarantined(table, column, "impossible_date", _says(**{column: cell}), f"{table}.{column}.type")
            for table, column, cell in dates
        ),
        *(_quarantined(table, column, "year", _says(**{column: cell})) for table, column, cell in years),
        _quarantined("encounter", "started_at", "year", _days_ahead),
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
        *(_quarantined(table, column, "unknown_code", _says(**{column: code})) for table, column, code in unknown),
        _quarantined("encounter_diagnosis", "diagnosis_code", "code_not_valid", _says(diagnosis_code=CLOSED_DIAGNOSIS)),
        *(_quarantined(table, column, "range", _says(**{column: number})) for table, column, number in outside),
        _quarantined("charge_item", "amount", "range", _dear),
        *(_quarantined(table, column, "required", _says(**{column: None})) for table, column in empty),
        *(_quarantined(table, column, "pattern", _says(**{column: "ABC-1"})) for table, column in shapes),
        _quarantined("encounter", "ended_at", "early", _ends_early, "encounter.ends_before_it_starts"),
        _quarantined("charge_item", "amount", "negative", _negative, "charge_item.negative_without_reversal"),
    ]


def _found_by_landing() -> list[Mistake]:
    nul = (("charge_item", "item_code"), ("prescription_item", "quantity_unit"), ("person", "address"))
    guardian = _resident(_wrong_check, "guardian_certificate_number")
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
            _quarantined(table, "certificate_number", "check_digit", _resident(_wrong_check), check)
            for table in ("person", "encounter")
        ),
        _quarantined("person", "sex_code", "against_number", _other_sex, "landing.sex_against_certificate"),
        _quarantined("person", "birth_date", "against_number", _other_birth, "landing.birth_date_against_certificate"),
        _quarantined(
            "person",
            "certificate_number",
            "impossible_date",
            _resident(_february_30),
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
        return _number(row) is not None
    if mistake.column and mistake.kind not in ("required",) and row.get(mistake.column) is None:
        return False
    if mistake.kind == "misspelling" and _list_of(mistake.column) in dialect.written:
        return False
    if mistake.kind == "hour_24":
        return True
    return mistake.write is None or mistake.write(row) is not None


def _list_of(column: str) -> str:
    return {"department_code": "department", "diagnosis_code": "icd10", "ethnic_code": "ethnic_group"}[column]
