"""Which deliveries a front-end database offers: its batches, or everything behind a stamp."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from jobs.landing.manifest import STANDARD
from jobs.landing.pull import cut_off
from jobs.site import DatabaseTransport, Point
from jobs.transports.database.cells import BEIJING, naive
from jobs.transports.database.faults import telling
from jobs.transports.database.tables import Slice, Table, table
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import Past
from warehouse_models import registry
from warehouse_models.dialect import Dialect

BATCH = ("sequence", "business_date", "kind", "period_from", "period_to", "extracted_at", "offered_at")
OF_BATCH, ROW_NUMBER = "batch_sequence", "row_number"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Delivery:
    """A delivery that the database offers.

    head: the manifest without its files.   slices: the rows of each table.   states_all: whether a table without rows
    is stated too, as a full does.
    """

    name: str
    head: Mapping[str, Any]
    slices: tuple[Slice, ...]
    states_all: bool = False


@dataclass(frozen=True)
class Database:
    """A point's front-end database, as one snapshot shows it."""

    snapshot: sa.Connection
    point: Point
    transport: DatabaseTransport
    dialect: Dialect

    def table(self, name: str) -> Table:
        """A table of the transport's schema."""
        return table(self.snapshot, name, self.transport.namespace)

    def all(self, statement: Any, where: str) -> list[Any]:
        """All rows of a small query."""
        with telling(where):
            return list(self.snapshot.execute(statement))


def offered(database: Database, past: Past) -> list[Delivery]:
    """What was not taken before and is offered before the night's cut-off, in the order of offering. Raises Unreachable."""
    taken = {each.name for each in past.known}
    found = _batches(database, past, taken) if database.transport.batches else _updated(database, past, taken)
    return sorted(found, key=lambda each: (str(each.head["offered_at"]), each.name))


def _batches(database: Database, past: Past, taken: set[str]) -> Iterator[Delivery]:
    """One delivery a batch."""
    source = database.table(database.transport.batches or "")
    asked = sa.select(*(source.column(name) for name in BATCH))
    rows = [dict(zip(BATCH, row, strict=True)) for row in database.all(asked, source.name)]
    batches: dict[str, dict[str, Any]] = {}
    for row in rows:
        head = _head(database.point.id, row, source.name)
        name = f"{head['sequence']:04d}-{_compact(head['offered_at'])}"
        if batches.setdefault(name, head) != head:
            raise Unreachable("PULL-ANSWER", f"{source.name}: sequence {head['sequence']} stands there twice")
    last = str(cut_off(past.night))
    due = {name: head for name, head in batches.items() if name not in taken and not _is_later(head, last)}
    sources = _sources(database) if due else {}
    for name, head in due.items():
        slices = tuple(_of_batch(database, sources[each], each, head) for each in sources)
        yield Delivery(name, head, slices, head["kind"] == "full")


def _head(point: str, row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The manifest of a batch without its files, as the table has it: landing judges what it says."""
    sequence = str(row["sequence"]).strip()
    if not sequence.isdecimal():
        raise Unreachable("PULL-ANSWER", f"{where}.sequence")
    texts = {name: _stated(row[name]) for name in BATCH[1:]}
    begin, end = texts.pop("period_from"), texts.pop("period_to")
    period = None if begin is None and end is None else {"from": begin, "to": end}
    return {"standard": STANDARD, "point": point, "sequence": int(sequence), "period": period, **texts}


def _stated(value: Any) -> str | None:
    """A value as manifests write it."""
    if isinstance(value, datetime):
        return naive(value).strftime("%Y-%m-%d %H:%M:%S")
    text = None if value is None else str(value).strip()
    return text or None


def _compact(stamp: str | None) -> str:
    """A stamp as a part of a name, which may not have so many digits that they could be a patient's."""
    digits = re.sub(r"\D", "", stamp or "")
    return f"{digits[:8]}-{digits[8:]}" if len(digits) == 14 else "unstamped"


def _is_later(head: Mapping[str, Any], last: str) -> bool:
    """Whether a batch is offered to a later night. What has no sound stamp is shown to landing, which refuses it."""
    stamp = head["offered_at"] or ""
    return len(stamp) == len(last) and stamp >= last


def _sources(database: Database) -> dict[str, Table]:
    """All tables of the standard; an unused one is there and empty."""
    return {name: database.table(database.dialect.file(each)) for name, each in registry.exchange().items()}


def _of_batch(database: Database, source: Table, name: str, head: Mapping[str, Any]) -> Slice:
    """A table's rows of a batch, in the vendor's order."""
    exchange = registry.exchange()[name]
    columns = exchange.deletion_columns if head["kind"] == "deletion" else exchange.columns
    mark, sequence = source.column(OF_BATCH), head["sequence"]
    where = mark == (str(sequence) if source.is_text(OF_BATCH) else sequence)
    return Slice(database.snapshot, source, exchange, columns, database.dialect, where, source.column(ROW_NUMBER))


def _updated(database: Database, past: Past, taken: set[str]) -> Iterator[Delivery]:
    """One increment of everything behind what was read before, if there is anything."""
    landed = [each for each in past.known if each.status == "landed"]
    stamps = [past.watermark, *(each.extracted_at for each in landed)]
    after = max((stamp for stamp in stamps if stamp is not None), default=None)
    sources = {name: (source, _Stamp(database, source)) for name, source in _sources(database).items()}
    last = cut_off(past.night) - SECOND
    found = [newest for _, stamp in sources.values() if (newest := stamp.newest(last)) is not None]
    newest = max(found, default=None)
    if newest is None or (after is not None and newest <= after):
        return
    head = {
        "standard": STANDARD,
        "point": database.point.id,
        "business_date": str(min(newest.date(), past.night)),
        "sequence": 1 + max((each.sequence or 0 for each in landed), default=0),
        "kind": "increment",
        "period": None,
        "extracted_at": str(newest),
        "offered_at": str(newest),
    }
    name = f"{head['sequence']:04d}-{_compact(str(newest))}"
    if name not in taken:
        yield Delivery(name, head, tuple(_since(database, *sources[each], each, after, newest) for each in sources))


def _since(
    database: Database, source: Table, stamp: _Stamp, name: str, after: datetime | None, newest: datetime
) -> Slice:
    """A table's rows behind a stamp up to another, in the order of their stamps."""
    exchange = registry.exchange()[name]
    where = stamp.column <= stamp.bound(newest)
    if after is not None:
        where = sa.and_(stamp.column > stamp.bound(after), where)
    return Slice(database.snapshot, source, exchange, exchange.columns, database.dialect, where, stamp.column)


class _Stamp:
    """The column of a table that says when a row last changed: a time, or text in the dialect's format of times."""

    def __init__(self, database: Database, source: Table) -> None:
        self._database, self._source = database, source
        self.name = database.transport.updated or ""
        self.column = source.column(self.name)
        self._kind = source.types[self.name.lower()]
        if not isinstance(self._kind, sa.String | sa.DateTime):
            raise self._unusable("no time of day")

    def bound(self, stamp: datetime) -> Any:
        """A stamp as the column's values are compared with it."""
        if isinstance(self._kind, sa.String):
            return stamp.strftime(self._database.dialect.time)
        return stamp.replace(tzinfo=BEIJING) if self._kind.timezone else stamp

    def newest(self, last: datetime) -> datetime | None:
        """The newest stamp up to a last one, in whole seconds: a fraction counts as the second that it begins.

        Raises Unreachable (PULL-ANSWER) where a row has no stamp, or one that is none: such rows would never come."""
        where = f"{self._source.name}.{self.name}"
        rows = self._source.rows
        is_none = self.column.is_(None)
        if isinstance(self._kind, sa.String):
            is_none = sa.or_(is_none, sa.func.char_length(self.column) != len(str(self.bound(last))))
        if self._database.all(sa.select(sa.literal(1)).select_from(rows).where(is_none).limit(1), where):
            raise self._unusable("a row without a stamp")
        asked = sa.select(sa.func.max(self.column)).where(self.column <= self.bound(last))
        ((value,),) = self._database.all(asked, where)
        stamp = self._read(value) if isinstance(value, str) else value and naive(value)
        return stamp and (stamp if stamp.microsecond == 0 else stamp.replace(microsecond=0) + SECOND)

    def _read(self, value: str) -> datetime:
        try:
            return datetime.strptime(value.strip(), self._database.dialect.time)  # noqa: DTZ007
        except ValueError:
            raise self._unusable("a stamp that is none") from None

    def _unusable(self, why: str) -> Unreachable:
        return Unreachable("PULL-ANSWER", f"{self._source.name}.{self.name}: {why}")
