"""The manifest of a delivery: what the point says that it offers, and what is wrong with that by itself."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from jobs.landing.refusals import PLAIN_NAME, Reason, Refused, reason, shown

MANIFEST = "manifest.json"
STANDARD = "1"
LARGEST = 4 * 1024 * 1024  # Bytes. A manifest of a thousand files has a tenth of it.
Kind = Literal["increment", "correction", "deletion", "full"]


def _stamp(text: Any) -> datetime:
    """A stamp in the one form that the standard has; pydantic alone would accept dozens."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text):
        raise ValueError("not YYYY-MM-DD HH:MM:SS")
    return datetime.fromisoformat(text)


def _day(text: Any) -> date:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("not YYYY-MM-DD")
    return date.fromisoformat(text)


def _sequence(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


Stamp = Annotated[datetime, BeforeValidator(_stamp)]
Day = Annotated[date, BeforeValidator(_day)]
Count = Annotated[int, Field(ge=0, lt=2**63)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Period(_Part):
    """The business dates that a full delivery states completely, both included."""

    begin: Day = Field(alias="from")
    end: Day = Field(alias="to")


class FileEntry(_Part):
    """One file: its table, rows, bytes and SHA-256 as offered, encoding, and the sum of its money in fen.

    A JSON file that several tables come from is listed once for each: with the rows and fen of that table, and with the
    elements of the array, before they become rows.
    """

    name: Annotated[str, StringConstraints(pattern=rf"^{PLAIN_NAME.pattern}$")]
    table: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    rows: Count
    bytes: Count
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    encoding: Literal["UTF-8", "GB18030"]
    fen: Annotated[int, Field(gt=-(2**63), lt=2**63)]
    elements: Count | None = None

    @property
    def of_file(self) -> tuple[int, str, str, int | None]:
        """What it says of the file, whatever table comes from it."""
        return self.bytes, self.sha256, self.encoding, self.elements


class Manifest(_Part):
    """What a point says about a delivery. Stamps are Beijing time; `offered_at` decides which night takes it."""

    standard: str
    point: str
    business_date: Day
    sequence: Annotated[int, Field(ge=1, lt=2**31)]
    kind: Kind
    period: Period | None = None
    extracted_at: Stamp
    offered_at: Stamp
    files: Annotated[tuple[FileEntry, ...], BeforeValidator(_sequence)]

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables of the delivery, each once, in the manifest's order."""
        return tuple(dict.fromkeys(entry.table for entry in self.files))

    def files_of(self, table: str) -> tuple[FileEntry, ...]:
        """The files of a table, in the manifest's order, which is the order of their rows."""
        return tuple(entry for entry in self.files if entry.table == table)

    def tables_of(self, name: str) -> tuple[str, ...]:
        """The tables that come from a file."""
        return tuple(entry.table for entry in self.files if entry.name == name)

    def size(self, tables: Collection[str]) -> int:
        """Bytes of the files of some tables, each file once."""
        return sum({entry.name: entry.bytes for entry in self.files if entry.table in tables}.values())

    def content_sha256(self) -> str:
        """Digest of what the delivery says, whenever and under whatever name it is offered."""
        said = {
            "kind": self.kind,
            "business_date": self.business_date.isoformat(),
            "period": self.period and [self.period.begin.isoformat(), self.period.end.isoformat()],
            "files": sorted([entry.table, entry.sha256, entry.rows, entry.fen] for entry in self.files),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_manifest(content: bytes) -> Manifest:
    """Parse a manifest strictly. Raises Refused (MAN-READ), naming the field but never what it holds."""
    if len(content) > LARGEST:
        raise Refused(reason("MAN-READ", f"{MANIFEST} is larger than {LARGEST} bytes"))
    try:
        return Manifest.model_validate(json.loads(content))
    except ValidationError as error:
        raise Refused(reason("MAN-READ", _fields(error))) from None
    except (ValueError, RecursionError):
        raise Refused(reason("MAN-READ", f"{MANIFEST} is no JSON")) from None


def _fields(error: ValidationError) -> str:
    """The fields that are wrong, and how; a field's name may be the point's own invention."""
    told = [f"{'.'.join(shown(str(part)) for part in one['loc'])}: {one['type']}" for one in error.errors()]
    return "; ".join(told[:5]) + ("; …" if len(told) > 5 else "")


def faults(manifest: Manifest, point: str, tables: frozenset[str]) -> Iterator[Reason]:
    """What is wrong with a manifest by itself, at the outbox of a point, under a standard with these tables."""
    if manifest.standard != STANDARD:
        yield reason("MAN-STANDARD", shown(manifest.standard))
    if manifest.point != point:
        yield reason("MAN-POINT", shown(manifest.point))
    period = manifest.period
    if (manifest.kind == "full") != (period is not None) or (period and period.begin > period.end):
        yield reason("MAN-PERIOD")
    for table in manifest.tables:
        if table not in tables:
            yield reason("MAN-TABLE", table)
    for name in sorted({entry.name for entry in manifest.files}):
        tables_of = manifest.tables_of(name)
        if name == MANIFEST:
            yield reason("MAN-FILE", f"{MANIFEST} lists itself")
        elif len(set(tables_of)) < len(tables_of):
            yield reason("MAN-FILE", f"{shown(name)} is listed twice")
        elif len({entry.of_file for entry in manifest.files if entry.name == name}) > 1:
            yield reason("MAN-FILE", f"{shown(name)} is described in two ways")
