"""Search everything below some folders, on all cores."""

from __future__ import annotations

import mmap
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.canaries.decoders import LAYERS, Content, look_into
from tests.canaries.search import Search


@dataclass(frozen=True)
class Found:
    """An identifier that stands where none may: which file, in which layer of it, and what it is."""

    path: Path
    layer: str
    what: str


@dataclass
class Report:
    """What a search saw. layers: how many contents of each layer were read.   unreadable: path, layer and kind of error
    of what could not be."""

    found: list[Found] = field(default_factory=list)
    unreadable: list[tuple[Path, str, str]] = field(default_factory=list)
    layers: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0

    def add(self, path: Path, size: int, seen: Iterable[Any]) -> None:
        """Take in what one file came to."""
        self.files, self.size = self.files + 1, self.size + size
        for each in seen:
            self.layers[each.layer] = self.layers.get(each.layer, 0) + 1
            self.found += [Found(path, each.layer, what) for what in sorted(each.found)]
            if each.unreadable:
                self.unreadable.append((path, each.layer, each.unreadable))


def scan(
    search: Search,
    folders: Sequence[Path],
    skip: Sequence[Path] = (),
    layers: frozenset[str] = LAYERS,
    processes: int | None = None,
) -> Report:
    """Search all files below the folders, except below those to skip. processes: 0 to search in this one."""
    files = sorted({path for folder in folders for path in _files(folder, skip)}, key=_size, reverse=True)
    report = Report()
    workers = len(os.sched_getaffinity(0)) if processes is None else processes
    if workers == 0:
        for path in files:
            report.add(path, *_look(search, path, layers))
        return report
    context = multiprocessing.get_context("spawn")  # A process that talks to Spark cannot be forked.
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(search, layers)) as pool:
        for path, (size, seen) in zip(files, pool.map(_look_here, files, chunksize=4), strict=True):
            report.add(path, size, seen)
    return report


def _files(folder: Path, skip: Sequence[Path]) -> Iterator[Path]:
    """Files below a folder, hidden ones too."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) not in skip]
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _size(path: Path) -> int:
    return path.stat().st_size


def _look(search: Search, path: Path, layers: frozenset[str]) -> tuple[int, list[Any]]:
    """Size of a file, and what was seen in it."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        return size, list(look_into(search, Content(str(path), data, path), layers))


_work: dict[str, Any] = {}  # Of one process of the pool: what it searches for.


def _begin(search: Search, layers: frozenset[str]) -> None:
    _work.update(search=search, layers=layers)


def _look_here(path: Path) -> tuple[int, list[Any]]:
    return _look(_work["search"], path, _work["layers"])
