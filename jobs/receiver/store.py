"""What the receiver keeps of a point: uploads, sealed at once; receipts without values; deliveries that were closed.

    received/<point>/uploads/<file>.sealed      the body of one upload
    received/<point>/receipts/<file>.json       method, digest, bytes and number of elements
    received/<point>/deliveries/<name>.sealed   the manifest of a delivery that waits for a night
    received/<point>/closed/<name>.json         digest of that manifest, and the uploads that it names

Once a night has taken a delivery, its uploads are removed here: from then on they lie in `sealed/`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jobs.landing.manifest import MANIFEST, Manifest
from jobs.landing.record import Landed
from jobs.landing.seal import open_sealed, seal
from jobs.lock import BEIJING
from lakehouse.files import read_json, write_json
from lakehouse.keys import seal_key
from lakehouse.settings import Settings


class Missing(Exception):
    """A manifest names files that the point did not upload."""

    def __init__(self, files: Sequence[str]) -> None:
        super().__init__(f"{len(files)} files")
        self.files = files


@dataclass(frozen=True)
class Received:
    """What was received of one point."""

    settings: Settings
    point: str

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.settings.received / self.point

    def keep(self, method: str, clear: bytes, elements: int) -> str:
        """Keep an upload, once however often it comes; the name of its file in a delivery."""
        digest = hashlib.sha256(clear).hexdigest()
        file = f"{method}-{digest[:8]}-{digest[8:16]}.json"  # In parts: a long number is nowhere shown.
        with self._alone():
            if self._upload(file).exists():
                os.utime(self._upload(file))
            else:
                self._seal(self._upload(file), file, clear)
            record = {"method": method, "sha256": digest, "bytes": len(clear), "elements": elements}
            write_json(self.folder / "receipts" / f"{file}.json", record)
        return file

    def close(self, manifest: Manifest, content: bytes) -> str:
        """Make a delivery of uploads; its name. The same manifest again changes nothing. Raises Missing.

        content: the manifest's bytes."""
        digest = hashlib.sha256(content).hexdigest()
        name = f"{manifest.business_date.isoformat()}-{manifest.sequence:04d}-{digest[:8]}"
        files = sorted({entry.name for entry in manifest.files})
        with self._alone():
            if self._closed(name).exists():
                return name
            if missing := [file for file in files if not self._upload(file).exists()]:
                raise Missing(missing)
            self._seal(self._delivery(name), MANIFEST, content)
            write_json(self._closed(name), {"manifest_sha256": digest, "files": files})
        return name

    def deliveries(self) -> list[str]:
        """Names of the deliveries that wait for a night."""
        found = (self.folder / "deliveries").glob("[!.]*.sealed")
        return sorted(path.name.removesuffix(".sealed") for path in found if self._closed(path.stem).exists())

    def manifest(self, name: str) -> bytes:
        """The manifest of a delivery. Raises LakehouseError (SEAL-001, SEAL-002)."""
        return self._opened(self._delivery(name))[MANIFEST]

    def files(self, name: str) -> list[str]:
        """The files of a delivery that are here."""
        named: list[str] = read_json(self._closed(name))["files"]
        return [file for file in named if self._upload(file).exists()]

    def upload(self, file: str) -> bytes:
        """The body of an upload. Raises LakehouseError (SEAL-001, SEAL-002)."""
        return self._opened(self._upload(file))[file]

    def forget(self, known: Sequence[Landed]) -> None:
        """Remove the deliveries that a night has taken, and the uploads that no other delivery waits with."""
        taken = {(each.name, each.manifest_sha256) for each in known}
        with self._alone():
            waiting = self.deliveries()
            gone = [name for name in waiting if (name, self._digest(name)) in taken]
            kept = {file for name in waiting if name not in gone for file in self.files(name)}
            for name in gone:
                for file in set(self.files(name)) - kept:
                    self._upload(file).unlink()
                self._delivery(name).unlink()

    def expire(self, before: date) -> int:
        """Remove uploads that came last before a day, in Beijing, and that no delivery names; how many. Whoever sent them
        never closed them."""
        if not self.folder.exists():
            return 0
        with self._alone():
            named = {file for name in self.deliveries() for file in self.files(name)}
            sealed = [path for path in (self.folder / "uploads").glob("[!.]*.sealed") if path.stem not in named]
            old = [path for path in sealed if datetime.fromtimestamp(path.stat().st_mtime, BEIJING).date() < before]
            for path in old:
                path.unlink()
                (self.folder / "receipts" / f"{path.stem}.json").unlink(missing_ok=True)
        return len(old)

    def _digest(self, name: str) -> str:
        digest: str = read_json(self._closed(name))["manifest_sha256"]
        return digest

    def _seal(self, path: Path, name: str, content: bytes) -> None:
        seal(path, seal_key(self.settings), f"{self.point}/{path.stem}", iter([(name, content)]))

    def _opened(self, path: Path) -> dict[str, bytes]:
        return open_sealed(path, seal_key(self.settings))

    def _upload(self, file: str) -> Path:
        return self.folder / "uploads" / f"{file}.sealed"

    def _delivery(self, name: str) -> Path:
        return self.folder / "deliveries" / f"{name}.sealed"

    def _closed(self, name: str) -> Path:
        return self.folder / "closed" / f"{name}.json"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes what is kept of this point, neither a request nor a night."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
