"""Pull: bring what a remote point offers to this machine, sealed as it comes in, so that nothing lies here in clear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jobs.landing.manifest import MANIFEST
from jobs.landing.pull import LARGEST_FILE, Offer, TooLarge, offer
from jobs.landing.seal import SealedFiles, seal
from jobs.transports.outbox import Outbox
from lakehouse.keys import seal_key
from lakehouse.settings import Settings


@dataclass(frozen=True)
class PulledFiles:
    """The files of a delivery that was pulled. too_large: those of which nothing was kept."""

    sealed: SealedFiles
    too_large: tuple[str, ...]

    def names(self) -> list[str]:
        """Names of all files but the manifest."""
        return sorted([*self.sealed.names(), *self.too_large])

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError or TooLarge."""
        if name in self.too_large:
            raise TooLarge
        return self.sealed.read(name)


@dataclass
class _Told:
    """What a pull learns of a delivery while it is being sealed."""

    kept: list[str]
    too_large: list[str]


def pull(settings: Settings, point: str, outbox: Outbox, is_wanted: Callable[[Offer], bool]) -> Iterator[Offer]:
    """The wanted offers of an outbox, each sealed under a hidden name until it has landed.

    is_wanted: decides by manifest and name, before a file is read. Raises Unreachable; what a broken pull leaves behind
    is whole or hidden, and the next landing clears it up.
    """
    for number, name in enumerate(outbox.names()):
        manifest = outbox.manifest(name)
        bare = offer(point, name, PulledFiles(SealedFiles(settings.sealed, settings, ()), ()), manifest)
        if is_wanted(bare):
            yield _fetched(settings, bare, outbox, name, number)


def _fetched(settings: Settings, bare: Offer, outbox: Outbox, name: str, number: int) -> Offer:
    """The offer with its files here."""
    path = settings.sealed / bare.point / f".{number:06d}-{bare.manifest_sha256[:8]}.pulled"
    told = _Told([MANIFEST], [])
    seal(path, seal_key(settings), f"{bare.point}/{bare.name}", _contents(bare, outbox, name, told))
    files = PulledFiles(SealedFiles(path, settings, tuple(told.kept)), tuple(told.too_large))
    return Offer(bare.point, bare.name, files, bare.manifest_bytes, bare.manifest, bare.faults)


def _contents(bare: Offer, outbox: Outbox, name: str, told: _Told) -> Iterator[tuple[str, bytes]]:
    """Everything of a delivery, one file in memory at a time. One that is gone again is not there."""
    yield MANIFEST, bare.manifest_bytes
    for file in outbox.files(name):
        try:
            content = _content(outbox, name, file)
        except FileNotFoundError:
            continue
        except TooLarge:
            told.too_large.append(file)
            continue
        told.kept.append(file)
        yield file, content


def _content(outbox: Outbox, name: str, file: str) -> bytes:
    held = bytearray()
    for chunk in outbox.chunks(name, file):
        held += chunk
        if len(held) > LARGEST_FILE:
            raise TooLarge
    return bytes(held)
