"""How single cells are written wrongly: from a clean row the cells that differ, or None where the row does not lend
itself to the slip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from jobs.province.check_digits import resident_number
from jobs.province.draft import Row
from warehouse_models import codes

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def says(**cells: str | None) -> Callable[[Row], Row]:
    return lambda row: dict(cells)


def resident(row: Row) -> str | None:
    """The row's resident number, if that is what it shows."""
    return row["certificate_number"] if row.get("certificate_type_code") == "01" else None


def with_x(row: Row) -> bool:
    return (resident(row) or "").endswith("X")


def lower_x(row: Row) -> Row | None:
    return {"certificate_number": (resident(row) or "").lower()} if with_x(row) else None


def with_number(change: Callable[[str], str], column: str = "certificate_number") -> Callable[[Row], Row | None]:
    """A changed resident number, for rows that have one."""

    def write(row: Row) -> Row | None:
        number = resident(row) if column == "certificate_number" else row.get(column)
        return {column: change(number)} if number and len(number) == 18 else None

    return write


def wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


def february_30(number: str) -> str:
    return resident_number(number[:10] + "0230" + number[14:17])


def other_sex(row: Row) -> Row | None:
    return {"sex_code": "2" if row["sex_code"] == "1" else "1"} if resident(row) else None


def other_birth(row: Row) -> Row | None:
    born = datetime.fromisoformat(row["birth_date"] or "")
    return {"birth_date": str((born - timedelta(days=31)).date())} if resident(row) else None


def next_midnight(column: str) -> Callable[[Row], Row]:
    """The clean row of one that says 24:00: the next day at 00:00."""

    def clean(row: Row) -> Row:
        next_day = (datetime.fromisoformat(row[column] or "") + timedelta(days=1)).date()
        return {column: f"{next_day} 00:00:00", "updated_at": f"{next_day} 00:04:00"}

    return clean


def hour_24(column: str) -> Callable[[Row], Row | None]:
    def write(row: Row) -> Row | None:
        """The cell of a clean row that says 00:00 of the next day."""
        day = (datetime.fromisoformat(row[column] or "") - timedelta(days=1)).date()
        return {column: f"{day} 24:00:00"}

    return write


def misspelled(column: str, list_name: str) -> Callable[[Row], Row | None]:
    ways = {wrong.meant: wrong.written for wrong in codes.misspellings() if wrong.list == list_name}

    def write(row: Row) -> Row | None:
        way = ways.get(row[column] or "")
        return {column: way} if way else None

    return write


def days_ahead(row: Row) -> Row:
    """Three days after the event: later than any delivery of its own day may say."""
    shifted = datetime.fromisoformat(row["started_at"] or "") + timedelta(days=3)
    return {"started_at": str(shifted), "ended_at": str(shifted + timedelta(minutes=10))}


def ends_early(row: Row) -> Row | None:
    begun = datetime.fromisoformat(row["started_at"] or "")
    return {"ended_at": str(begun - timedelta(minutes=5))} if row["ended_at"] else None


def dear(row: Row) -> Row:
    return {"quantity": "2", "unit_price": "750000.00", "amount": "1500000.00"}


def negative(row: Row) -> Row | None:
    positive = row["reversal_of"] is None and not (row["amount"] or "").startswith("-") and row["amount"] != "0.00"
    return {"quantity": f"-{row['quantity']}", "amount": f"-{row['amount']}"} if positive else None


def fifteen(row: Row) -> Row | None:
    """The number of before 1999: no century, no check digit."""
    number = resident(row) or ""
    return {"certificate_number": number[:6] + number[8:17]} if number[6:8] == "19" else None


def wide(cell: str) -> str:
    return cell.translate(FULL_WIDTH)
