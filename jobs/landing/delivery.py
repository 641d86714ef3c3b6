"""One delivery from offer to landed folder: judged, shared out as tasks, and put in its place whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from jobs.landing.manifest import Manifest, faults
from jobs.landing.pull import Offer
from jobs.landing.record import Counted, Landed, LandedTable, Status, write_record
from jobs.landing.refusals import Reason, reason, shown
from jobs.landing.shelf import Shelf
from jobs.landing.worker import Done, Task, declared
from lakehouse.errors import LakehouseError
from lakehouse.files import folder_whole
from lakehouse.settings import Settings
from warehouse_models import dialect, registry
from warehouse_models.dialect import Dialect

STATED = ("business_date", "sequence", "kind", "period", "extracted_at", "offered_at")
LARGE = 4 * 1024 * 1024  # Bytes. A delivery of more is shared out among the workers, table by table.


@dataclass
class Delivery:
    """A delivery on its way. reasons: why it is refused whatever its files hold.   original: the landed delivery that
    it repeats.   done: what became of its tasks, by their place in `tasks`."""

    offer: Offer
    folder: str
    dialect: str
    reasons: list[Reason]
    original: Landed | None
    tasks: list[Task] = field(default_factory=list)
    done: dict[int, Done] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The delivery's name everywhere behind landing."""
        return f"{self.offer.point}/{self.folder}"

    @property
    def sealed(self) -> str:
        """Where the original is sealed, below `sealed/`."""
        return f"{self.id}.sealed"

    def scratch(self, settings: Settings) -> Path:
        """Where its tables are written before it is known whether it lands."""
        return settings.landing / self.offer.point / f".{self.folder}.tables"


def prepare(settings: Settings, offer: Offer, vendor: str, known: Shelf) -> Delivery:
    """Judge an offer by its manifest and what was taken before, and share out the work on it."""
    reasons = list(judged(offer, vendor))
    if not reasons and (reused := known.reused(offer)):
        reasons.append(reused)
    original = None if reasons else known.original(offer)
    delivery = Delivery(offer, known.folder(offer), vendor, reasons, original)
    delivery.tasks = list(_tasks(settings, delivery))
    return delivery


def judged(offer: Offer, vendor: str) -> Iterator[Reason]:
    """What is wrong with an offer before any of its files is read. Raises OSError when the point cannot be read."""
    if offer.manifest is None:
        yield from offer.faults
        return
    yield from faults(offer.manifest, offer.point, frozenset(registry.exchange()))
    yield from _strange_files(offer.manifest, offer.files.names())
    yield from _outside_dialect(offer.manifest, vendor)


def _strange_files(manifest: Manifest, found: list[str]) -> Iterator[Reason]:
    listed = {entry.name for entry in manifest.files}
    for name in sorted(listed - set(found)):
        yield reason("MAN-FILE", f"{shown(name)} is missing")
    for name in sorted(set(found) - listed):
        yield reason("MAN-FILE", f"{shown(name)} is not listed")


def _outside_dialect(manifest: Manifest, vendor: str) -> Iterator[Reason]:
    """Why the point's dialect cannot read the delivery."""
    try:
        spoken = dialect.load(vendor)
    except LakehouseError:
        yield reason("DIALECT-NONE", vendor)
        return
    if not spoken.valid_on(manifest.business_date):
        yield reason("DIALECT-NONE", f"{vendor} on {manifest.business_date}")
    for entry in manifest.files:
        if entry.encoding != spoken.encoding:
            yield reason("DIALECT-ENCODING", f"{shown(entry.name)}: {entry.encoding} instead of {spoken.encoding}")
    yield from _wrongly_listed(manifest, spoken)


def _wrongly_listed(manifest: Manifest, spoken: Dialect) -> Iterator[Reason]:
    """Files that more tables are said to come from than can, and JSON files whose elements are not stated."""
    exchange, is_json = registry.exchange(), spoken.format == "json"
    for name in dict.fromkeys(entry.name for entry in manifest.files):
        tables = [table for table in manifest.tables_of(name) if table in exchange]
        if len(tables) > 1 and (not is_json or len({spoken.file(exchange[table]) for table in tables}) > 1):
            yield reason("MAN-FILE", f"{shown(name)} is listed for {' and '.join(tables)}")
    if is_json:
        for name in dict.fromkeys(entry.name for entry in manifest.files if entry.elements is None):
            yield reason("MAN-COUNT", f"{shown(name)}: elements are not stated")


def _tasks(settings: Settings, delivery: Delivery) -> Iterator[Task]:
    """The shares of the work: a small delivery is one, of a large one each table and the sealing."""
    scratch, sealed = delivery.scratch(settings), settings.sealed / delivery.sealed
    said = delivery.offer.manifest

    def task(tables: tuple[str, ...] = (), verified: tuple[str, ...] = (), to: Path | None = None) -> Task:
        return Task(settings, delivery.offer, delivery.id, delivery.dialect, scratch, tables, verified, to)

    if said is None or delivery.reasons:
        yield task(to=sealed)
    elif delivery.original:
        yield task(verified=said.tables, to=sealed)
    elif delivery.offer.raw_bytes < LARGE:
        yield task(tables=said.tables, to=sealed)
    else:
        yield from (task(tables=(table,)) for table in said.tables)
        yield task(to=sealed)


def finish(settings: Settings, delivery: Delivery, night: date, kept_days: int) -> Landed | None:
    """Put a delivery whose tasks are done into its place; None when its point could not be read.

    kept_days: how long the sealed original of a refused delivery is kept, from the night that refused it.
    """
    scratch = delivery.scratch(settings)
    try:
        results = [delivery.done[place] for place in range(len(delivery.tasks))]
        if any(done.unreadable for done in results):
            return None
        landed = _record(delivery, results, night, kept_days)
        with folder_whole(settings.landing / landed.point / landed.folder) as folder:
            if landed.status == "landed":
                for file in sorted(scratch.glob("*.parquet")):
                    file.rename(folder / file.name)
            write_record(landed, folder)
        return landed
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _record(delivery: Delivery, results: list[Done], night: date, kept_days: int) -> Landed:
    """What became of a delivery, for `delivery.json`."""
    offer, said = delivery.offer, delivery.offer.manifest
    reasons = tuple(dict.fromkeys([*delivery.reasons, *(why for done in results for why in done.reasons)]))
    status: Status = "refused" if reasons else "repeated" if delivery.original else "landed"
    return Landed(
        point=offer.point,
        name=offer.name,
        folder=delivery.folder,
        manifest_sha256=offer.manifest_sha256,
        content_sha256=said.content_sha256() if said else None,
        **{name: getattr(said, name, None) for name in STATED},
        dialect=delivery.dialect,
        status=status,
        reasons=reasons,
        tables=_tables(delivery, results, bool(reasons)),
        sealed=delivery.original.sealed if delivery.original and not reasons else delivery.sealed,
        expires_on=night + timedelta(days=kept_days) if reasons else None,
        raw_bytes=offer.raw_bytes,
    )


def _tables(delivery: Delivery, results: list[Done], is_refused: bool) -> dict[str, LandedTable]:
    """Each table with what was stated and what was read of it: nothing of a refused delivery, of a repeat what the
    first one had."""
    said = delivery.offer.manifest
    if said is None:
        return {}
    if is_refused:
        return {each: LandedTable(declared=declared(said, each), landed=Counted(rows=0, fen=0)) for each in said.tables}
    if delivery.original:
        earlier = delivery.original.tables
        return {each: earlier[each].model_copy(update={"repairs": ()}) for each in said.tables}
    return {table: read for done in results for table, read in done.tables.items()}
