"""What points offer: deliveries in outboxes, and which of them a night takes.

A delivery is a name, a manifest, and a way to read its files. Folders of this machine are read in their place; what lies
elsewhere is pulled first (`jobs/transports/`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

from jobs.landing.manifest import LARGEST, MANIFEST, Manifest, read_manifest
from jobs.landing.refusals import Reason, Refused, shown

LARGEST_FILE = 1024**3  # Bytes. A worker holds one file as offered in memory; a larger table comes in several files.
CUT_OFF = time(12)  # A night takes what was offered before noon of the following day, Beijing time.


class TooLarge(Exception):
    """A file that no worker reads."""


class Files(Protocol):
    """The files of one delivery, wherever they lie."""

    def names(self) -> list[str]:
        """Names of all files but the manifest."""

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError, TooLarge, or another OSError where it cannot be read."""


@dataclass(frozen=True)
class FolderFiles:
    """The files of a delivery in a folder. Links are not followed: they may point anywhere on this machine."""

    folder: Path

    def names(self) -> list[str]:
        """Names of everything in the folder but the manifest and hidden files."""
        return sorted(name for name in os.listdir(self.folder) if name != MANIFEST and not name.startswith("."))

    def read(self, name: str) -> bytes:
        """A file's bytes. Whatever is no plain file is not there."""
        content = self.beginning(name, LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise TooLarge
        return content

    def beginning(self, name: str, limit: int) -> bytes:
        """The first bytes of a file, at most `limit`."""
        if not stat.S_ISREG((self.folder / name).lstat().st_mode):
            raise FileNotFoundError(name)
        handle = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            return stream.read(limit)


@dataclass(frozen=True)
class Offer:
    """A delivery as offered. `manifest` is None where it cannot be read, and `faults` say why."""

    point: str
    name: str
    files: Files
    manifest_bytes: bytes
    manifest: Manifest | None
    faults: tuple[Reason, ...]

    @property
    def manifest_sha256(self) -> str:
        """Digest of the manifest's bytes."""
        return hashlib.sha256(self.manifest_bytes).hexdigest()

    @property
    def raw_bytes(self) -> int:
        """Bytes of the files, as the manifest states them."""
        return self.manifest.size(self.manifest.tables) if self.manifest else 0

    @property
    def identity(self) -> tuple[str, int | str]:
        """What a delivery is told apart by: point and sequence, or its name where the sequence cannot be read."""
        return self.point, self.manifest.sequence if self.manifest else self.name

    @property
    def order(self) -> tuple[datetime, str]:
        """Which of two deliveries of one sequence came first: by the stamp of offering, then by name."""
        return (self.manifest.offered_at if self.manifest else datetime.min, self.name)  # noqa: DTZ901


def offer(point: str, name: str, files: Files, manifest_bytes: bytes) -> Offer:
    """A delivery with its manifest parsed. A name that cannot be shown is replaced by a digest of it."""
    if shown(name) != name:
        name = f"unnamed-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    try:
        return Offer(point, name, files, manifest_bytes, read_manifest(manifest_bytes), ())
    except Refused as refused:
        return Offer(point, name, files, manifest_bytes, None, refused.reasons)


def offers(point: str, place: Path) -> Iterator[Offer]:
    """All complete deliveries of a point in a folder. Raises OSError where it cannot be read."""
    for name in sorted(os.listdir(place)):
        files = FolderFiles(place / name)
        if not name.startswith(".") and (place / name / MANIFEST).is_file():
            yield offer(point, name, files, files.beginning(MANIFEST, LARGEST + 1))


def cut_off(night: date) -> datetime:
    """The moment before which a delivery must have been offered for a night to take it."""
    return datetime.combine(night + timedelta(days=1), CUT_OFF)


def is_due(offered: Offer, night: date) -> bool:
    """Whether a night takes a delivery. One whose manifest cannot be read counts as offered."""
    return offered.manifest is None or offered.manifest.offered_at < cut_off(night)
