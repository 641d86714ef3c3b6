"""Publications: one small file pins the version of every table; `current` names the one that readers see.

Delta commits one table at a time, so a night becomes visible here, all at once. Files of publications are never written
again; a rollback moves the pin and leaves a record of the move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jobs.who import operator
from lakehouse.errors import LakehouseError
from lakehouse.files import read_json, write_json, write_whole
from lakehouse.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")
KEPT = 7  # The versions of this many publications can be read: maintenance keeps their files.


@dataclass(frozen=True)
class Publication:
    """What readers see: number, night that ended in it, and per table version, rows, digest, and the same by month."""

    number: int
    night: date
    tables: Mapping[str, Mapping[str, Any]]


def publish(settings: Settings, night: date, tables: Mapping[str, Mapping[str, Any]]) -> tuple[Publication, bool]:
    """Pin the tables as the next publication and show it. With the tables of the newest one, or of the one that is
    shown, nothing is new: the second value is False, and a pin that a person has moved stays where it is."""
    every, now = listing(settings), current(settings)
    newest = every[-1] if every else None
    if newest and _pins(newest.tables) == _pins(tables):
        if not _moved_by_hand(settings, newest):
            _show(settings, newest.number)  # A run killed before this line left the pin behind.
        return newest, False
    if now and _pins(now.tables) == _pins(tables):
        return now, False
    made = Publication(newest.number + 1 if newest else 1, night, {name: dict(pin) for name, pin in tables.items()})
    write_json(_file(settings, made.number), {**asdict(made), "night": night.isoformat()})
    _show(settings, made.number)
    return made, True


def current(settings: Settings) -> Publication | None:
    """The publication that readers see; None before the first."""
    pin = settings.publications / "current"
    return _read(read_json(_file(settings, int(pin.read_text())))) if pin.exists() else None


def listing(settings: Settings) -> list[Publication]:
    """All publications, oldest first."""
    return [_read(read_json(file)) for file in sorted(settings.publications.glob("[0-9]*.json"))]


def published_digests(settings: Settings) -> dict[str, dict[str, Any]]:
    """Rows and digest of every table that readers see. Raises LakehouseError before the first publication."""
    tables = shown(settings).tables
    return {name: {"rows": pin["rows"], "digest": pin["digest"]} for name, pin in sorted(tables.items())}


def rollback(settings: Settings, steps: int = 1) -> Publication:
    """Show the publication `steps` before the one shown. Raises LakehouseError where its tables are not kept."""
    return show(settings, shown(settings).number - steps)


def forward(settings: Settings, steps: int = 1) -> Publication:
    """Show the publication `steps` after the one shown. Raises LakehouseError where there is none."""
    return show(settings, shown(settings).number + steps)


def show(settings: Settings, number: int) -> Publication:
    """Move the pin to a publication among the last ones kept, and record who moved it and when."""
    now, every = shown(settings), listing(settings)
    newest = every[-1].number
    oldest = max(1, newest - KEPT + 1)
    if not oldest <= number <= newest:
        raise LakehouseError(
            "PUBLICATION-002",
            f"Publication {number} cannot be shown.",
            where=f"{oldest} to {newest} can, {now.number} is shown now",
            do="Choose one of those; see `lakehouse publication list`.",
        )
    if number != now.number:
        _record_move(settings, now.number, number, newest)
        _show(settings, number)
    return every[number - 1]


def shown(settings: Settings) -> Publication:
    """The publication that readers see. Raises LakehouseError before the first one."""
    found = current(settings)
    if found is None:
        raise LakehouseError("PUBLICATION-001", "Nothing is published yet.", do="Run `lakehouse night` first.")
    return found


def _pins(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """What makes two publications the same: version and digest of every table."""
    return {name: (pin["version"], pin["digest"]) for name, pin in tables.items()}


def _record_move(settings: Settings, source: int, target: int, newest: int) -> None:
    moves = settings.publications / "moves"
    number = 1 + len(list(moves.glob("[0-9]*.json")))
    at = f"{datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}"
    record = {"from": source, "to": target, "newest": newest, "who": operator(), "at": at}
    write_json(moves / f"{number:06d}.json", record)


def _moved_by_hand(settings: Settings, newest: Publication) -> bool:
    """Whether a person has moved the pin since the newest publication was made."""
    moves = sorted((settings.publications / "moves").glob("[0-9]*.json"))
    return bool(moves) and read_json(moves[-1])["newest"] == newest.number


def _show(settings: Settings, number: int) -> None:
    pin = settings.publications / "current"
    if not pin.exists() or pin.read_text() != f"{number}\n":
        write_whole(pin, f"{number}\n".encode())


def _file(settings: Settings, number: int) -> Path:
    return settings.publications / f"{number:06d}.json"


def _read(record: dict[str, Any]) -> Publication:
    return Publication(record["number"], date.fromisoformat(record["night"]), record["tables"])
