"""One delivery in a point's outbox: files and manifest, as docs/exchange-standard.md describes them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.province.catalogue import TABLES
from jobs.province.dialect import Dialect
from jobs.province.wire import PLAIN, Twist, fens, render


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
    entries = [
        entry
        for name in TABLES
        if name in tables
        for entry in _write_table(folder, name, tables[name], (offer, dialect, (files or {}).get(name, 1)))
    ]
    if offer.lie:
        _tell(offer.lie, next(entry for entry in entries if entry["fen"] or offer.lie is not Lie.SUM))
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


def _write_table(folder: Path, name: str, rows: pa.Table, how: tuple[Offer, Dialect, int]) -> list[dict[str, Any]]:
    offer, dialect, files = how
    count = max(1, min(files, len(rows)))
    edges = [len(rows) * part // count for part in range(count + 1)]
    return [
        _write_file(
            folder / dialect.file(TABLES[name], f"-{part + 1}" if count > 1 else ""),
            name,
            rows.slice(edges[part], edges[part + 1] - edges[part]),
            (offer, dialect, part),
        )
        for part in range(count)
    ]


def _write_file(path: Path, name: str, rows: pa.Table, how: tuple[Offer, Dialect, int]) -> dict[str, Any]:
    """Write one file and return its entry in the manifest. A twist concerns the first file of a table."""
    offer, dialect, part = how
    table = TABLES[name]
    is_deletion = offer.kind == "deletion"
    twist = offer.twists.get(name, PLAIN) if part == 0 else PLAIN
    content = render(table, rows, dialect, twist)
    path.write_bytes(content)
    return {
        "name": path.name,
        "table": name,
        "rows": len(rows),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encoding": dialect.encoding,
        "fen": 0 if is_deletion or table.amount is None else int(fens(rows[table.amount]).sum()),
    }


def _tell(lie: Lie, entry: dict[str, Any]) -> None:
    if lie is Lie.SIZE:
        entry["bytes"] += 1
    elif lie is Lie.DIGEST:
        entry["sha256"] = hashlib.sha256(entry["sha256"].encode()).hexdigest()
    elif lie is Lie.COUNT:
        entry["rows"] += 1
    else:
        entry["fen"] += 1
