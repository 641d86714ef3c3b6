"""What was taken from points before: known offers, sequences with the content that bears them, names in use."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from jobs.landing.pull import Offer
from jobs.landing.record import Landed, records
from jobs.landing.refusals import Reason, reason
from lakehouse.settings import Settings


@dataclass
class Shelf:
    """Deliveries of some points that were taken, in the order in which they came onto the shelf."""

    settings: Settings
    taken: dict[str, Landed] = field(default_factory=dict)
    offered: set[tuple[str, str, str]] = field(default_factory=set)
    landed: dict[tuple[str, int | str], Landed] = field(default_factory=dict)

    def add(self, delivery: Landed) -> None:
        """Put a delivery onto the shelf. Only a landed one claims its sequence: a refused one may be mended."""
        self.taken[delivery.id] = delivery
        self.offered.add((delivery.point, delivery.name, delivery.manifest_sha256))
        if delivery.status == "landed" and delivery.sequence is not None:
            self.landed.setdefault((delivery.point, delivery.sequence), delivery)

    def knows(self, offered: Offer) -> bool:
        """Whether this very offer was taken: the same manifest under the same name."""
        return (offered.point, offered.name, offered.manifest_sha256) in self.offered

    def original(self, offered: Offer) -> Landed | None:
        """The landed delivery of the same sequence and content, which the offer repeats."""
        earlier = self.landed.get(offered.identity)
        same = offered.manifest and earlier and earlier.content_sha256 == offered.manifest.content_sha256()
        return earlier if same else None

    def reused(self, offered: Offer) -> Reason | None:
        """The reason to refuse an offer whose sequence other content bears."""
        earlier = self.landed.get(offered.identity)
        if earlier is None or self.original(offered):
            return None
        return reason("SEQ-REUSED", f"sequence {earlier.sequence} is {earlier.name}")

    def folder(self, offered: Offer) -> str:
        """A free folder name for an offer: what landed before under the same manifest keeps its own."""
        said = offered.manifest
        begin = f"{said.business_date.isoformat()}-{said.sequence:04d}" if said else "unreadable"
        name = f"{begin}-{offered.manifest_sha256[:8]}"
        generation = 1
        while f"{offered.point}/{self._numbered(name, generation)}" in self.taken:
            generation += 1
        return self._numbered(name, generation)

    @staticmethod
    def _numbered(name: str, generation: int) -> str:
        return name if generation == 1 else f"{name}.{generation}"

    def expire(self, today: date) -> None:
        """Destroy the sealed originals of refused deliveries whose last day is past."""
        for delivery in self.taken.values():
            if delivery.status == "refused" and delivery.expires_on and delivery.expires_on < today:
                (self.settings.sealed / delivery.sealed).unlink(missing_ok=True)


def taken_before(settings: Settings, points: Iterable[str]) -> Shelf:
    """What was taken from these points."""
    filled = Shelf(settings)
    for point in points:
        for delivery in records(settings, point):
            filled.add(delivery)
    return filled


def shelf(settings: Settings, points: Sequence[str]) -> Shelf:
    """What was taken from these points, for who takes more: what a killed process left half-done is removed first."""
    for point in points:
        for place in (settings.landing / point, settings.sealed / point):
            for left in place.glob(".*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    return taken_before(settings, points)
