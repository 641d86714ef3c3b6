"""Keep every file that appears below some folders, however short its life, by giving it a second name elsewhere.

The kernel tells of each new file (inotify); a hard link is made at once, and what the writer goes on writing into the
file is behind that link too. So spill and temporary files can be read after the engine has removed them. Two things
escape: a file that is removed within the moment before it is linked, which is told (`vanished`), and what stood in a
file before it was overwritten in place, which nothing here does. One that has only got another name is kept under that.
"""

from __future__ import annotations

import ctypes
import os
import select
import stat
import struct
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_ONLYDIR = 0x40, 0x80, 0x100, 0x1000000
IN_Q_OVERFLOW, IN_ISDIR = 0x4000, 0x40000000
EVENT = struct.Struct("iIII")
LIBC = ctypes.CDLL("libc.so.6", use_errno=True)


@dataclass
class Keeper:
    """Files kept so far, in `folder`. vanished: files that were removed before they could be kept.
    lost: whether the kernel had more to tell than it could hold."""

    folder: Path
    vanished: set[Path] = field(default_factory=set)
    lost: bool = False
    _inodes: set[int] = field(default_factory=set)
    _watched: dict[int, Path] = field(default_factory=dict)
    _handle: int = field(default_factory=lambda: LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def watch(self, folder: Path) -> None:
        """Watch a folder and those below it; keep what is there already."""
        wanted = IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR
        number = LIBC.inotify_add_watch(self._handle, os.fsencode(folder), wanted)
        if number < 0:
            if ctypes.get_errno() != 2 and folder.exists():
                raise OSError(ctypes.get_errno(), "cannot watch", str(folder))
            return
        self._watched[number] = folder
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                self.watch(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                self.keep(Path(entry.path))

    def take_events(self, seconds: float) -> None:
        """Wait for events, and act on them."""
        if not select.select([self._handle], [], [], seconds)[0]:
            return
        told, at = os.read(self._handle, 1 << 18), 0
        while at < len(told):
            number, mask, _, length = EVENT.unpack_from(told, at)
            name = os.fsdecode(told[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0"))
            at += EVENT.size + length
            self.lost |= bool(mask & IN_Q_OVERFLOW)
            if number in self._watched and name:
                self._take(mask, self._watched[number] / name)

    def _take(self, mask: int, path: Path) -> None:
        if mask & IN_MOVED_FROM:
            self.vanished = {each for each in self.vanished if not each.is_relative_to(path)}
        elif mask & IN_ISDIR:
            self.watch(path)
        else:
            self.keep(path)

    def keep(self, path: Path) -> None:
        """Give a file its second name, unless it has one."""
        try:
            there = os.lstat(path)
            if there.st_ino not in self._inodes and not stat.S_ISLNK(there.st_mode):  # A link holds nothing of its own.
                os.link(path, self.folder / f"{there.st_ino}~{path.name}", follow_symlinks=False)
                self._inodes.add(there.st_ino)
        except FileNotFoundError:
            self.vanished.add(path)

    def close(self) -> None:
        """End watching; let go of the files that are still under another name."""
        while select.select([self._handle], [], [], 0)[0]:
            self.take_events(0)
        os.close(self._handle)
        for path in self.folder.iterdir():
            if path.stat().st_nlink > 1:
                path.unlink()


@contextmanager
def keeping(folders: Sequence[Path], kept: Path) -> Iterator[Keeper]:
    """Keep what appears below the folders, in `kept`, on the same file system. What remains there afterwards is what was
    removed meanwhile."""
    kept.mkdir(parents=True, exist_ok=True)
    keeper, is_over = Keeper(kept), threading.Event()
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        keeper.watch(folder)

    def run() -> None:
        while not is_over.is_set():
            keeper.take_events(0.2)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield keeper
    finally:
        is_over.set()
        thread.join()
        keeper.close()


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Let this process, and those it starts, put temporary files there."""
    folder.mkdir(parents=True, exist_ok=True)
    before, default = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"], tempfile.tempdir = str(folder), None
    try:
        yield folder
    finally:
        tempfile.tempdir = default
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before
