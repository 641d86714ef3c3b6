"""The two keys of a deployment: one makes tokens of identifiers, one seals originals. Only their owner reads them."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from lakehouse.errors import LakehouseError
from lakehouse.files import sync
from lakehouse.settings import Settings

TOKEN_KEY, SEAL_KEY = "token.key", "seal.key"
KEY_FILES = (TOKEN_KEY, SEAL_KEY)
KEY_BYTES = 32


def init(settings: Settings) -> list[Path]:
    """Make the keys that are missing, and return their files. A key that is there is never replaced: its tokens and
    seals would be lost for good."""
    settings.keys.mkdir(parents=True, exist_ok=True)
    settings.keys.chmod(0o700)
    return [settings.keys / name for name in KEY_FILES if _make(settings.keys / name)]


def _make(path: Path) -> bool:
    """Write a new random key under `path`, whole and private; False when there is one already."""
    if path.exists() or path.is_symlink():
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)  # Unlike a rename, a link fails when somebody else made the key meanwhile.
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync(path.parent)
    return True


def check(settings: Settings) -> None:
    """Raise a LakehouseError for the first thing that is wrong with the folder or a key."""
    for name in KEY_FILES:
        _read(settings.keys / name)


def token_key(settings: Settings) -> bytes:
    """The key of the tokens, 32 bytes. Equal identifiers have equal tokens only under the same key."""
    return _read(settings.keys / TOKEN_KEY)


def seal_key(settings: Settings) -> bytes:
    """The master key that wraps the data key of every sealed delivery, 32 bytes."""
    return _read(settings.keys / SEAL_KEY)


def _read(path: Path) -> bytes:
    """The key in a file that only its owner can reach. Raises KEYS-001 to KEYS-003; the key itself is never shown."""
    if not path.is_file():
        raise LakehouseError("KEYS-001", "A key is missing.", where=str(path), do="Run `lakehouse keys init`.")
    for place, mode in ((path.parent, "700"), (path, "600")):
        if stat.S_IMODE(place.stat().st_mode) & 0o077:
            raise LakehouseError(
                "KEYS-002", "Others may read a key.", where=str(place), do=f"Run `chmod {mode} {place}`."
            )
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise LakehouseError(
            "KEYS-003",
            f"A key is not {KEY_BYTES} bytes in hexadecimal digits.",
            where=str(path),
            do="Put the right file back from its safe copy; a new key cannot read what the old one wrote.",
        )
    return key
