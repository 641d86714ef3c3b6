"""Batches: what one run of a night takes, recorded before a row moves, so that a killed run is taken up again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from lakehouse.errors import DamageError
from lakehouse.files import read_json, write_json
from lakehouse.settings import Settings


@dataclass(frozen=True)
class Batch:
    """What one run of a night takes.

    id: `<night>.<n>`.   deliveries, released: `<point>/<landing folder>`; released ones were held by an earlier batch.
    pins: version of every table before the batch.   done: everything of it is merged and published.
    """

    id: str
    night: date
    deliveries: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    pins: Mapping[str, int] = field(default_factory=dict)
    done: bool = False

    @property
    def number(self) -> int:
        """Which run of the night it is, from 1."""
        return int(self.id.rpartition(".")[2])


def open_batch(
    settings: Settings,
    night: date,
    deliveries: Iterable[str],
    pins: Mapping[str, int],
    released: Iterable[str] = (),
) -> Batch:
    """Record a new batch. Raises DamageError while another is unfinished: that one must be taken up first."""
    if open_one := unfinished(settings):
        raise DamageError("LEDGER-003", "An earlier batch is not finished.", where=open_one.id, do="Take it up first.")
    runs = [batch.number for batch in batches(settings) if batch.night == night]
    number = max(runs, default=0) + 1
    batch = Batch(f"{night}.{number}", night, tuple(sorted(deliveries)), tuple(sorted(released)), dict(pins))
    _write(settings, batch)
    return batch


def finish(settings: Settings, batch: Batch) -> Batch:
    """Record that everything of the batch is done."""
    done = replace(batch, done=True)
    _write(settings, done)
    return done


def unfinished(settings: Settings) -> Batch | None:
    """The batch that a killed run left behind, if any."""
    return next((batch for batch in batches(settings) if not batch.done), None)


def batches(settings: Settings) -> list[Batch]:
    """All batches, by night and run."""
    found = [_read(read_json(file)) for file in (settings.ledger / "batches").glob("[!.]*.json")]
    return sorted(found, key=lambda batch: (batch.night, batch.number))


def batched_deliveries(settings: Settings) -> set[str]:
    """Deliveries (`<point>/<landing folder>`) that some batch has taken."""
    return {delivery for batch in batches(settings) for delivery in batch.deliveries}


def _write(settings: Settings, batch: Batch) -> None:
    record = {**asdict(batch), "night": batch.night.isoformat()}
    write_json(settings.ledger / "batches" / f"{batch.id}.json", record)


def _read(record: dict[str, object]) -> Batch:
    return Batch(
        id=str(record["id"]),
        night=date.fromisoformat(str(record["night"])),
        deliveries=tuple(record["deliveries"]),  # type: ignore[arg-type]
        released=tuple(record["released"]),  # type: ignore[arg-type]
        pins=dict(record["pins"]),  # type: ignore[call-overload]
        done=bool(record["done"]),
    )
