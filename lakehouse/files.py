"""Files that are either there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` under a temporary name, fsync, rename: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        error.filename = error.filename or str(path)  # A full disk does not say where.
        raise
    os.replace(temporary, path)
    sync(path.parent)


def kept(path: Path, fresh: str) -> str:
    """A secret's text: what the file says, or `fresh`, which it says from now on, to its owner alone."""
    if not path.exists():
        write_whole(path, fresh.encode(), 0o600)
    return path.read_text()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document whole; keys sorted, so that equal values are equal bytes."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode())


def read_json(path: Path) -> Any:
    """Read a JSON document."""
    return json.loads(path.read_bytes())


@contextmanager
def folder_whole(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; on success it is renamed to `path`, otherwise nothing is left under that name."""
    import shutil

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sync(path: Path) -> None:
    """Make durable what another program wrote into a file, or the renames inside a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
