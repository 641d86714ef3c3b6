"""What landing writes about a delivery: `delivery.json` in its folder. No identifier stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jobs.landing.manifest import Kind, Period
from jobs.landing.refusals import Reason
from lakehouse.files import write_json
from lakehouse.settings import Settings

RECORD = "delivery.json"
Status = Literal["landed", "refused", "repeated"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Declared(_Part):
    """What the manifest says of a table, over all its files."""

    rows: int
    fen: int
    elements: int | None = None


class Counted(_Part):
    """What was read of a table."""

    rows: int
    fen: int


class Repair(_Part):
    """How many cells of a column were repaired in a way; of a file as a whole (column empty) how many files."""

    column: str
    repair: str
    rows: int


class LandedTable(_Part):
    """One table of a delivery. `unpriced`: cells of the amount column that are not money."""

    declared: Declared
    landed: Counted
    unpriced: int = 0
    repairs: tuple[Repair, ...] = ()


class Landed(_Part):
    """A delivery that the lakehouse has taken: landed, refused with reasons, or a repeat of an earlier one.

    name: its folder in the outbox.   folder: its folder below `landing/<point>/`.   business_date, sequence, kind and
    stamps are null where the manifest cannot be read.   sealed: the original below `sealed/`; of a repeat, the first
    one's.   expires_on: day after which the sealed original of a refused delivery is destroyed.
    raw_bytes: size of its files as offered.
    """

    point: str
    name: str
    folder: str
    manifest_sha256: str
    content_sha256: str | None = None
    business_date: date | None = None
    sequence: int | None = None
    kind: Kind | None = None
    period: Period | None = None
    extracted_at: datetime | None = None
    offered_at: datetime | None = None
    dialect: str
    status: Status
    reasons: tuple[Reason, ...] = ()
    tables: dict[str, LandedTable] = Field(default_factory=dict)
    sealed: str
    expires_on: date | None = None
    raw_bytes: int

    @property
    def id(self) -> str:
        """The delivery's name everywhere behind landing: `<point>/<folder>`."""
        return f"{self.point}/{self.folder}"


def write_record(landed: Landed, folder: Path) -> None:
    """Write `delivery.json` into a folder. Stamps are written as the manifest has them."""
    record = landed.model_dump(mode="json", by_alias=True)
    for stamp in ("extracted_at", "offered_at"):
        record[stamp] = record[stamp] and record[stamp].replace("T", " ")
    write_json(folder / RECORD, record)


def read_record(folder: Path) -> Landed:
    """The record of a landed folder."""
    return Landed.model_validate_json((folder / RECORD).read_bytes())


def records(settings: Settings, point: str) -> Iterator[Landed]:
    """All deliveries of a point that were taken, in the order of their folders."""
    place = settings.landing / point
    for folder in sorted(place.iterdir()) if place.is_dir() else ():
        if not folder.name.startswith("."):
            yield read_record(folder)
