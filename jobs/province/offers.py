"""One delivery in a point's outbox: files and manifest, as docs/exchange-standard.md describes them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from jobs.province.catalogue import TABLES
from jobs.province.dialect import Dialect
from jobs.province.nested import json_files
from jobs.province.wire import PLAIN, Twist, fens, render, spread


class Lie(StrEnum):
    """What a manifest says wrongly about the first row-bearing file it lists; the delivery is then refused."""

    SIZE = "size"
    DIGEST = "digest"
    COUNT = "count"
    SUM = "sum"


@dataclass(frozen=True)
class Offer:
    """What a delivery says about itself. `folder` is its name in the outbox; stamps are Beijing time."""

    point: str
    business_date: date
    sequence: int
    kind: str = "increment"
    period: tuple[date, date] | None = None
    extracted_at: datetime | None = None
    offered_at: datetime | None = None
    folder: str = ""
    twists: Mapping[str, Twist] = field(default_factory=dict)
    lie: Lie | None = None

    @property
    def name(self) -> str:
        """Folder in the outbox."""
        return self.folder or f"{self.business_date}-{self.sequence:04d}"

    def head(self) -> dict[str, Any]:
        """The manifest without its files."""
        midnight = datetime.combine(self.business_date + timedelta(days=1), time())
        return {
            "standard": "1",
            "point": self.point,
            "business_date": str(self.business_date),
            "sequence": self.sequence,
            "kind": self.kind,
            "period": self.period and {"from": str(self.period[0]), "to": str(self.period[1])},
            "extracted_at": str(self.extracted_at or midnight + timedelta(minutes=30)),
            "offered_at": str(self.offered_at or midnight + timedelta(minutes=70)),
        }


def write_offer(
    outbox: Path, offer: Offer, tables: Mapping[str, pa.Table], dialect: Dialect, files: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Write the files of a delivery, then its manifest, and return the manifest.

    tables: canonical text by table. files: over how many files to spread a table; one where nothing is said.
    """
    folder = outbox / offer.name
    folder.mkdir(parents=True)
    ordered = {name: tables[name] for name in TABLES if name in tables}
    write = _write_nested if dialect.declared.format == "json" else _write_tables
    entries = list(write(folder, ordered, (offer, dialect, files or {})))
    if offer.lie:
        _tell(offer.lie, entries)
    manifest = {**offer.head(), "files": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def repeat_offer(outbox: Path, name: str, offered_at: datetime | None = None) -> str:
    """Offer the same files again under another folder name, which is returned. The new stamp of offering is all that
    the manifest says otherwise."""
    again = f"{name}-again"
    shutil.copytree(outbox / name, outbox / again)
    if offered_at is not None:
        path = outbox / again / "manifest.json"
        manifest = {**json.loads(path.read_text(encoding="utf-8")), "offered_at": str(offered_at)}
        path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    return again


# What is offered, how it is written, and over how many files to spread a table.
_How: TypeAlias = tuple[Offer, Dialect, Mapping[str, int]]


def _write_tables(folder: Path, tables: Mapping[str, pa.Table], how: _How) -> Iterator[dict[str, Any]]:
    """Write each table into files of its own; yield their entries in the manifest. A twist concerns the first file."""
    offer, dialect, files = how
    for name, rows in tables.items():
        parts = spread(rows, files.get(name, 1))
        for number, part in enumerate(parts):
            content = render(TABLES[name], part, dialect, offer.twists.get(name, PLAIN) if number == 0 else PLAIN)
            file = folder / dialect.file(TABLES[name], f"-{number + 1}" if len(parts) > 1 else "")
            file.write_bytes(content)
            yield _entry(file.name, content, dialect, name, part)


def _write_nested(folder: Path, tables: Mapping[str, pa.Table], how: _How) -> Iterator[dict[str, Any]]:
    """Write the tables of each JSON file together; yield an entry for each table of a file."""
    offer, dialect, files = how
    for file in json_files(tables, dialect, files, offer.twists):
        (folder / file.name).write_bytes(file.content)
        for name, rows in file.tables.items():
            yield {**_entry(file.name, file.content, dialect, name, rows), "elements": file.elements}


def _entry(file: str, content: bytes, dialect: Dialect, name: str, rows: pa.Table) -> dict[str, Any]:
    """What the manifest says of a file and a table. A deletion, which has no amounts, moves no money."""
    amount = TABLES[name].amount
    return {
        "name": file,
        "table": name,
        "rows": len(rows),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encoding": dialect.encoding,
        "fen": int(fens(rows[amount]).sum()) if amount in rows.column_names else 0,
    }


def _tell(lie: Lie, entries: list[dict[str, Any]]) -> None:
    """Make the manifest lie about its first file, or the first with money; what is the file's, in each of its entries."""
    first = next(entry for entry in entries if entry["fen"] or lie is not Lie.SUM)
    if lie is Lie.COUNT:
        first["rows"] += 1
    elif lie is Lie.SUM:
        first["fen"] += 1
    for entry in (each for each in entries if each["name"] == first["name"]):
        if lie is Lie.SIZE:
            entry["bytes"] += 1
        elif lie is Lie.DIGEST:
            entry["sha256"] = hashlib.sha256(entry["sha256"].encode()).hexdigest()
