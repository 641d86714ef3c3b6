"""The outbox that a front-end database stands for: manifests from its counts and sums, files from its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.landing.canonical import canonical
from jobs.landing.money import fen_of_yuan
from jobs.site import DatabaseTransport, Point
from jobs.transports.connections import Connection
from jobs.transports.database import tables
from jobs.transports.database.cells import file_bytes
from jobs.transports.database.deliveries import Database, Delivery, offered
from jobs.transports.database.engine import snapshot
from jobs.transports.database.tables import Count, Slice, some
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import Past
from lakehouse.errors import LakehouseError
from warehouse_models import dialect


@dataclass
class _Reading:
    """A slice that is being read, and the part that is due."""

    delivery: str
    table: str
    part: int
    rows: Iterator[list[str | None]]


@dataclass
class DatabaseOutbox:
    """The deliveries that a snapshot shows. Files are best read in their order: a table is then streamed once."""

    database: Database
    past: Past
    _manifests: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _reading: _Reading | None = field(default=None, repr=False)

    @cached_property
    def _offered(self) -> dict[str, Delivery]:
        return {each.name: each for each in offered(self.database, self.past)}

    def names(self) -> list[str]:
        """Names of the deliveries that were not taken before. Raises Unreachable."""
        return list(self._offered)

    def manifest(self, name: str) -> bytes:
        """A delivery's manifest, for which all its rows are read once. Raises Unreachable, also where they are not as
        many as the database counted (PULL-COUNT)."""
        delivery = self._offered[name]
        if name not in self._manifests:
            entries = [entry for each in delivery.slices for entry in self._entries(delivery, each)]
            self._manifests[name] = {**delivery.head, "files": entries}
        return json.dumps(self._manifests[name], ensure_ascii=False, indent=1).encode()

    def files(self, name: str) -> list[str]:
        """Names of a delivery's files."""
        return [entry["name"] for entry in self._manifests[name]["files"]]

    def chunks(self, name: str, file: str) -> Iterator[bytes]:
        """A file's bytes, the same that the manifest speaks of."""
        entry = next((each for each in self._manifests[name]["files"] if each["name"] == file), None)
        if entry is None:
            raise FileNotFoundError(file)
        place = next(each for each in self._offered[name].slices if each.table.name == entry["table"])
        part = [each["name"] for each in self._manifests[name]["files"] if each["table"] == entry["table"]].index(file)
        reading = self._at(name, place, part)
        yield from file_bytes(place.headers.values(), some(reading.rows, tables.FILE_ROWS), place.dialect)
        self._reading = _Reading(name, entry["table"], part + 1, reading.rows)

    def _at(self, name: str, place: Slice, part: int) -> _Reading:
        """The rows of a slice from a part on: those that stand there, or the slice read anew."""
        reading, self._reading = self._reading, None
        if reading is not None and (reading.delivery, reading.table, reading.part) == (name, place.table.name, part):
            return reading
        rows = place.rows()
        for _ in some(rows, part * tables.FILE_ROWS):
            pass
        return _Reading(name, place.table.name, part, rows)

    def _entries(self, delivery: Delivery, place: Slice) -> Iterator[dict[str, Any]]:
        """What the manifest says of each file of a table."""
        counts = place.counts() or ([Count(0, 0)] if delivery.states_all else [])
        rows = place.rows() if counts else iter(())
        for part, count in enumerate(counts):
            yield _entry(place, part, count, rows)
        if counts and next(rows, None) is not None:
            raise Unreachable("PULL-COUNT", f"{place.source.name}: there are more rows than were counted")


def _entry(place: Slice, part: int, count: Count, rows: Iterator[list[str | None]]) -> dict[str, Any]:
    """One file: the rows that the database counted are read, and become size and digest."""
    seen = _Seen(place, adds=count.fen is None)
    digest, size = hashlib.sha256(), 0
    for chunk in file_bytes(place.headers.values(), seen.passing(some(rows, tables.FILE_ROWS)), place.dialect):
        digest.update(chunk)
        size += len(chunk)
    if seen.rows != count.rows:
        raise Unreachable("PULL-COUNT", f"{place.source.name}: {count.rows} rows counted, {seen.rows} read")
    return {
        "name": f"{place.dialect.file(place.table)}-{part + 1}.csv{'.gz' if place.dialect.compression == 'gzip' else ''}",
        "table": place.table.name,
        "rows": count.rows,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "encoding": place.dialect.encoding,
        "fen": seen.fen if count.fen is None else count.fen,
    }


class _Seen:
    """Rows that pass by, counted. adds: whether their money, which is text, is added up too, as landing reads it."""

    def __init__(self, place: Slice, adds: bool) -> None:
        self._dialect, self._amount = place.dialect, place.amount if adds else None
        self._at = [each.name for each in place.columns].index(self._amount.name) if self._amount else 0
        self.rows, self.fen = 0, 0

    def passing(self, rows: Iterator[list[list[str | None]]]) -> Iterator[list[list[str | None]]]:
        """The rows, unchanged."""
        for held in rows:
            self.rows += len(held)
            if self._amount is not None:
                cells = pa.array([row[self._at] or None for row in held], pa.string())
                money, _ = canonical(self._amount, cells, self._dialect)
                self.fen += pc.sum(fen_of_yuan(money)).as_py() or 0
            yield held


@contextmanager
def opened(point: Point, transport: DatabaseTransport, connection: Connection, past: Past) -> Iterator[DatabaseOutbox]:
    """The outbox of a database transport, as one snapshot shows it. Raises Unreachable."""
    try:
        spoken = dialect.load(point.dialect)
    except LakehouseError:
        raise Unreachable("PULL-SETTINGS", f"no dialect {point.dialect} is declared") from None
    if spoken.format == "json":
        raise Unreachable("PULL-SETTINGS", f"{point.dialect} nests its rows, which tables of a database cannot")
    with snapshot(connection) as seen:
        yield DatabaseOutbox(Database(seen, point, transport, spoken), past)
