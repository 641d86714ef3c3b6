"""Landed deliveries as later steps read them: which no batch has taken yet, and what their records say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from jobs import ledger
from jobs.landing.record import RECORD, Landed, read_record
from lakehouse.settings import Settings


def unbatched(settings: Settings) -> list[str]:
    """Deliveries (`<point>/<folder>`) that have landed and that no batch has taken."""
    there = {f"{path.parent.parent.name}/{path.parent.name}" for path in settings.landing.glob(f"*/[!.]*/{RECORD}")}
    return sorted(there - ledger.batched_deliveries(settings))


def original(settings: Settings, record: Landed) -> str:
    """The name under which a delivery landed first: its own, unless its sealed original was landed again."""
    first = record.id.rpartition(".")[0] if "." in record.folder else record.id
    folder = settings.landing / first
    return first if folder.is_dir() and read_record(folder).status == "landed" else record.id


def is_replay(settings: Settings, record: Landed) -> bool:
    """Whether the record is of a sealed original that was opened and landed again. Accounts and gates know it already.

    A repeat that was offered in the same words has such a name too, but did not land."""
    return record.status == "landed" and original(settings, record) != record.id


def records(settings: Settings, names: Iterable[str]) -> list[Landed]:
    """The records of deliveries, in the order of their names."""
    return [read_record(settings.landing / name) for name in sorted(names)]


def watermark(settings: Settings, known: Iterable[Landed]) -> datetime | None:
    """The stamp up to which the rows of a point are published, from its deliveries; None where nothing is.

    The ledger's finished batches say it, so that it moves once the night is published: never with a pull or a landing,
    and not for what was refused."""
    published = {delivery for batch in ledger.batches(settings) if batch.done for delivery in batch.deliveries}
    stamps = [each.extracted_at for each in known if each.status == "landed" and each.id in published]
    return max((stamp for stamp in stamps if stamp is not None), default=None)
