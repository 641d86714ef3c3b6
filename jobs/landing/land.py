"""Land what points offer: the first step of a night, and the only one that ever sees an identifier."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from jobs.landing.delivery import Delivery, finish, prepare
from jobs.landing.due import discard, due, told
from jobs.landing.manifest import MANIFEST
from jobs.landing.pool import Pool, cores, pool
from jobs.landing.pull import Offer, offer
from jobs.landing.record import Landed, read_record
from jobs.landing.seal import SealedFiles, open_sealed
from jobs.landing.shelf import Shelf, shelf
from jobs.landing.worker import Task, cannot_write
from jobs.site import Point, Site, load_points, load_site, select_points
from jobs.transports.connections import Secrets, from_environment
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models import registry

# How far landing is: deliveries done, deliveries in all, and a line about the last one.
Progress: TypeAlias = Callable[[int, int, str], None]


def silent(done: int, total: int, line: str) -> None:
    """Say nothing of the progress."""


def land_night(
    settings: Settings,
    date_from: date,
    date_to: date,
    points: Sequence[str] | None = None,
    progress: Progress = silent,
    workers: int | None = None,
    secrets: Secrets | None = None,
) -> list[Landed]:
    """Take everything that the points offered before the cut-off of the night `date_to` and that no night took yet.

    Whatever an earlier night should have taken comes along: `date_from` only says what the caller means to catch up.
    A point that cannot be read is named in the progress and left for another night. A second call takes nothing.
    workers: processes; 0 to work in this one; by default one a processor.   secrets: where the connections of remote points
    are known; by default the environment and the private file beside the keys.
    """
    if date_from > date_to:
        raise LakehouseError("LAND-003", "The first date is after the last.", do="Give dates as FROM:TO.")
    keys.check(settings)
    registry.demand()
    chosen = select_points(load_points(settings), list(points or ()))
    known = shelf(settings, [point.id for point in chosen])
    waiting = due(
        settings, chosen, date_to, known, secrets or from_environment(settings), lambda line: progress(0, 0, line)
    )
    landed: list[Landed] = []
    if waiting:
        run = _run(settings, chosen, date_to, known, progress, len(waiting))
        with pool(cores() if workers is None else workers) as do:
            for wave in _waves(waiting):
                landed += run.take(wave, do)
        discard(waiting)
    known.expire(date_to)
    return sorted(
        landed, key=lambda each: (each.point, each.business_date or date.min, each.sequence or 0, each.folder)
    )


def reland(settings: Settings, delivery: str, night: date, workers: int | None = None) -> Landed:
    """Land the sealed original of a delivery, `<point>/<folder>`, once more, after a dialect or a fault was mended.

    The new folder ends in `.2`, `.3`, …; the old one stays. Raises LakehouseError LAND-004 for a delivery that was
    never taken or repeats another, SEAL-001 and SEAL-002 where the original cannot be opened.
    """
    folder = settings.landing / delivery
    if not folder.is_dir() or (old := read_record(folder)).status == "repeated":
        what = f"There is no original of {delivery} to land again."
        raise LakehouseError(
            "LAND-004", what, do="Name a delivery that was landed or refused, as `lakehouse ledger` does."
        )
    keys.check(settings)
    chosen = select_points(load_points(settings), [old.point])
    known = shelf(settings, [old.point])
    path = settings.sealed / old.sealed
    files = open_sealed(path, keys.seal_key(settings))
    offered = offer(old.point, old.name, SealedFiles(path, settings, tuple(files)), files[MANIFEST])
    if known.original(offered):
        del known.landed[offered.identity]  # It may not be a repeat of itself.
    run = _run(settings, chosen, night, known, silent, 1)
    with pool(1 if workers is None else workers) as do:
        return run.take([offered], do)[0]


@dataclass
class _Run:
    """One call of landing: what it works for, and how far it is."""

    settings: Settings
    site: Site
    points: dict[str, Point]
    night: date
    known: Shelf
    progress: Progress
    total: int
    done: int = 0

    def take(self, wave: Sequence[Offer], do: Pool) -> list[Landed]:
        """Take deliveries of which none depends on another. A killed run leaves only whole folders behind."""
        deliveries = list(self._prepared(wave))
        try:
            with closing(_done(deliveries, do)) as ended:
                return [landed for delivery in ended if (landed := self._finished(delivery))]
        finally:
            for delivery in deliveries:
                shutil.rmtree(delivery.scratch(self.settings), ignore_errors=True)

    def _prepared(self, wave: Sequence[Offer]) -> Iterator[Delivery]:
        for offered in wave:
            try:
                yield prepare(self.settings, offered, self.points[offered.point].dialect, self.known)
            except OSError as error:
                self._say(f"{offered.point}: {offered.name} cannot be read now: {told(error)}")

    def _finished(self, delivery: Delivery) -> Landed | None:
        """Put a delivery in its place and on the shelf; None when its point could not be read."""
        try:
            landed = finish(self.settings, delivery, self.night, self.site.refused_kept_days)
        except OSError as error:
            raise cannot_write(error, self.settings.landing) from None
        if landed is None:
            why = next(done.unreadable for done in delivery.done.values() if done.unreadable)
            self._say(f"{delivery.offer.point}: {delivery.offer.name} cannot be read now: {why}")
            return None
        self.known.add(landed)
        codes = ", ".join(dict.fromkeys(why.code for why in landed.reasons))
        self._say(f"{landed.id} {landed.status}{f': {codes}' if codes else ''}")
        return landed

    def _say(self, line: str) -> None:
        self.done += 1
        self.progress(self.done, self.total, line)


def _run(settings: Settings, chosen: list[Point], night: date, known: Shelf, progress: Progress, total: int) -> _Run:
    points = {point.id: point for point in chosen}
    return _Run(settings, load_site(settings), points, night, known, progress, total)


def _waves(waiting: Sequence[Offer]) -> Iterator[list[Offer]]:
    """The offers in groups to be taken one after the other: of one sequence, the earlier before the later."""
    queues: dict[tuple[str, int | str], list[Offer]] = {}
    for offered in sorted(waiting, key=lambda each: each.order):
        queues.setdefault(offered.identity, []).append(offered)
    for depth in range(max(map(len, queues.values()))):
        yield [queue[depth] for queue in queues.values() if len(queue) > depth]


def _done(deliveries: Sequence[Delivery], do: Pool) -> Generator[Delivery, None, None]:
    """The deliveries as their last tasks end. Large tasks begin first, so that none is left alone at the end."""
    owners = {id(task): (delivery, place) for delivery in deliveries for place, task in enumerate(delivery.tasks)}
    tasks = [task for delivery in deliveries for task in delivery.tasks]
    with closing(do(sorted(tasks, key=_weight, reverse=True))) as results:
        for task, done in results:
            delivery, place = owners[id(task)]
            delivery.done[place] = done
            if len(delivery.done) == len(delivery.tasks):
                yield delivery


def _weight(task: Task) -> int:
    """How much work a task is, in bytes to read; sealing, which waits for nobody, weighs nothing."""
    manifest = task.offer.manifest
    return manifest.size(task.tables) if manifest else 0
