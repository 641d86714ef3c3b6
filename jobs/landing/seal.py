"""Sealed originals: all files of a delivery in one encrypted file, the only place that may hold an identifier.

The file is a magic line, the length and text of a JSON header, then frames: length, and a chunk of what is sealed,
compressed and encrypted with SM4-GCM (GB/T 32907). Each delivery has a data key of its own, wrapped by a key made from
the master key and a salt. Header, place and end are authenticated with every chunk, so that nothing can be cut off,
moved or changed. What is sealed: for each file the length of its name, its name, its length, its bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from jobs.landing.manifest import MANIFEST
from lakehouse.errors import LakehouseError
from lakehouse.files import sync
from lakehouse.keys import seal_key
from lakehouse.settings import Settings

MAGIC = b"LAKEHOUSE SEAL 1\n"
CHUNK = 4 * 1024 * 1024
LARGEST_FRAME = 2 * CHUNK
KEY_BYTES, SALT_BYTES, NONCE_BYTES, TAG_BYTES = 16, 16, 12, 16
LENGTH = struct.Struct(">Q")
ZSTD = pa.Codec("zstd", compression_level=1)


@dataclass(frozen=True)
class SealedFiles:
    """The files of a delivery in its sealed original, which is opened where they are read."""

    path: Path
    settings: Settings
    sealed_names: tuple[str, ...]

    def names(self) -> list[str]:
        """Names of all files but the manifest."""
        return [name for name in self.sealed_names if name != MANIFEST]

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError where there is none."""
        if name not in self._opened:
            raise FileNotFoundError(name)
        return self._opened[name]

    @cached_property
    def _opened(self) -> dict[str, bytes]:
        return open_sealed(self.path, seal_key(self.settings))


def seal(path: Path, key: bytes, delivery: str, contents: Iterator[tuple[str, bytes]]) -> None:
    """Seal named files under `path`, whole and private. Of the delivery only its id stands in clear."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            _write(stream, key, delivery, contents)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def open_sealed(path: Path, key: bytes) -> dict[str, bytes]:
    """The files in a sealed original. Raises LakehouseError (SEAL-001, SEAL-002) when it is gone or was changed."""
    if not path.is_file():
        what = "The sealed original is not there; that of a refused delivery is destroyed after its last day."
        raise LakehouseError("SEAL-001", what, where=str(path), do="Ask the hospital to offer the delivery again.")
    try:
        with path.open("rb") as stream:
            return dict(_files(b"".join(_opened(stream, key))))
    except (InvalidTag, ValueError, KeyError, struct.error):
        what = "The sealed original was changed, cut off, or sealed under another key."
        raise LakehouseError(
            "SEAL-002", what, where=str(path), do="Put back the file or the key from a copy."
        ) from None


def _write(stream: BinaryIO, key: bytes, delivery: str, contents: Iterator[tuple[str, bytes]]) -> None:
    data_key, salt = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(SALT_BYTES)
    wrapped = _encrypt(_wrapping(key, salt), 0, b"key", data_key)
    header = json.dumps({"delivery": delivery, "cipher": "SM4-GCM", "salt": salt.hex(), "key": wrapped.hex()}).encode()
    stream.write(MAGIC + LENGTH.pack(len(header)) + header)
    for place, (chunk, is_last) in enumerate(_chunks(contents)):
        packed = LENGTH.pack(len(chunk)) + ZSTD.compress(chunk, asbytes=True)
        frame = _encrypt(data_key, place, _bound(header, is_last), packed)
        stream.write(LENGTH.pack(len(frame)) + frame)


def _chunks(contents: Iterator[tuple[str, bytes]]) -> Iterator[tuple[bytes, bool]]:
    """The sealed stream in chunks; the last one, which may be empty, says that it is."""
    held = bytearray()
    for name, content in contents:
        encoded = name.encode()
        held += LENGTH.pack(len(encoded)) + encoded + LENGTH.pack(len(content))
        for start in range(0, len(content), CHUNK):
            held += content[start : start + CHUNK]
            while len(held) >= CHUNK:
                yield bytes(held[:CHUNK]), False
                del held[:CHUNK]
    yield bytes(held), True


def _opened(stream: BinaryIO, key: bytes) -> Iterator[bytes]:
    """The chunks in clear, up to the one that says that it is the last; nothing may come after it."""
    if stream.read(len(MAGIC)) != MAGIC:
        raise ValueError("no seal")
    header = _frame(stream, _length(stream))
    declared = json.loads(header)
    wrapping = _wrapping(key, bytes.fromhex(declared["salt"]))
    data_key = _decrypt(wrapping, 0, b"key", bytes.fromhex(declared["key"]))
    place, frame = 0, _frame(stream, _length(stream))
    while ahead := stream.read(LENGTH.size):
        yield _unpacked(_decrypt(data_key, place, _bound(header, False), frame))
        place, frame = place + 1, _frame(stream, LENGTH.unpack(ahead)[0])
    yield _unpacked(_decrypt(data_key, place, _bound(header, True), frame))


def _files(clear: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in the sealed stream."""
    stream = io.BytesIO(clear)
    while ahead := stream.read(LENGTH.size):
        name = _taken(stream, LENGTH.unpack(ahead)[0]).decode()
        yield name, _taken(stream, _length(stream))


def _length(stream: BinaryIO) -> int:
    size: int = LENGTH.unpack(stream.read(LENGTH.size))[0]
    return size


def _frame(stream: BinaryIO, size: int) -> bytes:
    if size > LARGEST_FRAME:
        raise ValueError("no length of a frame")
    return _taken(stream, size)


def _taken(stream: BinaryIO, size: int) -> bytes:
    taken = stream.read(size)
    if len(taken) != size:
        raise ValueError("cut off")
    return taken


def _unpacked(packed: bytes) -> bytes:
    size = LENGTH.unpack(packed[: LENGTH.size])[0]
    return ZSTD.decompress(packed[LENGTH.size :], decompressed_size=size, asbytes=True) if size else b""


def _wrapping(key: bytes, salt: bytes) -> bytes:
    """The key that wraps one delivery's data key: it is used once, so that its nonce may be zero."""
    derived = HMAC(key, SM3())
    derived.update(b"seal|" + salt)
    return derived.finalize()[:KEY_BYTES]


def _bound(header: bytes, is_last: bool) -> bytes:
    """What is authenticated beside a chunk."""
    return hashlib.sha256(header).digest() + bytes([is_last])


def _encrypt(key: bytes, place: int, beside: bytes, clear: bytes) -> bytes:
    encryptor = Cipher(SM4(key), GCM(place.to_bytes(NONCE_BYTES, "big"))).encryptor()
    encryptor.authenticate_additional_data(beside)
    return encryptor.update(clear) + encryptor.finalize() + encryptor.tag


def _decrypt(key: bytes, place: int, beside: bytes, sealed: bytes) -> bytes:
    tag = sealed[-TAG_BYTES:]
    decryptor = Cipher(SM4(key), GCM(place.to_bytes(NONCE_BYTES, "big"), tag)).decryptor()
    decryptor.authenticate_additional_data(beside)
    return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()
