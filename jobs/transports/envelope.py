"""The envelope of the HTTP interfaces: what is sent is encrypted with SM4 (GB/T 32907), then signed with HMAC-SM3 (GB/T
32905), under two keys that a point and this platform share. docs/http-interface.md describes it for vendors.

A signature covers the first word (the method of a request, the status of an answer), the path with its query, the
envelope's headers and the body as it is sent. An answer bears the nonce of its request.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal, TypeAlias

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.padding import PKCS7

POINT, TIME, NONCE, SIGNATURE = "x-point", "x-time", "x-nonce", "x-signature"
RANGE, CONTENT_RANGE = "range", "content-range"
SIGNED = (CONTENT_RANGE, RANGE, NONCE, POINT, TIME)
SKEW = 5 * 60 * 1000  # Milliseconds by which the clocks of both sides may differ.
BLOCK = 16
SIGNING_BYTES = 32

# Milliseconds since 1970-01-01 00:00:00 UTC: in a number no zone can be mistaken.
Clock: TypeAlias = Callable[[], int]


@dataclass(frozen=True)
class Keys:
    """The two secrets of a point. signing: at least 32 bytes.   cipher: 16 bytes, another one than the first 16."""

    signing: bytes = field(repr=False)
    cipher: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """A request or an answer as it goes over the line.

    first: GET or POST, or the status of the answer.   target: path with query of the request, as it was sent.
    headers: under lower-case names.   body: encrypted; nothing in a request that has none.
    """

    first: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


class Broken(Exception):
    """A letter that is not what the other side sent for us now.

    what: `signature`, `time`, `nonce` or `cipher`."""

    def __init__(self, what: Literal["signature", "time", "nonce", "cipher"]) -> None:
        super().__init__(what)
        self.what = what


def clock() -> int:
    """The time of this machine, for letters only."""
    return time.time_ns() // 1_000_000


def nonce() -> str:
    """A number that no other request bears: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def keys_of(extra: Mapping[str, Any]) -> Keys:
    """The keys in a connection's extra, in hexadecimal digits. Raises ValueError, TypeError or KeyError without them."""
    signing, cipher = (bytes.fromhex(extra[name]) for name in ("signing_secret", "cipher_secret"))
    if len(signing) < SIGNING_BYTES or len(cipher) != BLOCK or signing[:BLOCK] == cipher:
        raise ValueError("not the keys of an envelope")
    return Keys(signing, cipher)


def pack(keys: Keys, letter: Letter, now: int) -> Letter:
    """The letter with its body, which is in clear, encrypted, and with its time and signature."""
    body = encrypted(keys.cipher, letter.body) if letter.body else b""
    stamped = Letter(letter.first, letter.target, {**letter.headers, TIME: str(now)}, body)
    return Letter(stamped.first, stamped.target, {**stamped.headers, SIGNATURE: signature(keys, stamped)}, body)


def unpack(keys: Keys, letter: Letter, now: int) -> bytes:
    """The body of a letter in clear. Raises Broken (signature, time, cipher); whether its nonce is fresh is not seen here."""
    claimed = letter.headers.get(SIGNATURE, "")
    if not hmac.compare_digest(claimed.encode(), signature(keys, letter).encode()):
        raise Broken("signature")
    if abs(now - stamp(letter.headers)) > SKEW:
        raise Broken("time")
    return decrypted(keys.cipher, letter.body) if letter.body else b""


def signature(keys: Keys, letter: Letter) -> str:
    """The signature that a letter must bear, 64 hexadecimal digits."""
    mac = HMAC(keys.signing, SM3())
    mac.update(signed_text(letter).encode())
    return mac.finalize().hex()


def signed_text(letter: Letter) -> str:
    """The lines that are signed, each with a line feed at its end."""
    body = Hash(SM3())
    body.update(letter.body)
    headers = [f"{name}:{letter.headers[name]}" for name in sorted(SIGNED) if name in letter.headers]
    return "".join(f"{line}\n" for line in (letter.first, letter.target, *headers, body.finalize().hex()))


def stamp(headers: Mapping[str, str]) -> int:
    """The time that a letter bears. Raises Broken (time)."""
    text = headers.get(TIME, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Broken("time")
    return int(text)


def encrypted(key: bytes, clear: bytes, start: bytes | None = None) -> bytes:
    """SM4 in CBC mode with PKCS7 padding; a random start, 16 bytes, stands in front of what it encrypts."""
    start = secrets.token_bytes(BLOCK) if start is None else start
    padder, encryptor = PKCS7(BLOCK * 8).padder(), Cipher(SM4(key), CBC(start)).encryptor()
    padded = padder.update(clear) + padder.finalize()
    return start + encryptor.update(padded) + encryptor.finalize()


def decrypted(key: bytes, body: bytes) -> bytes:
    """What was encrypted. Raises Broken (cipher)."""
    if len(body) < 2 * BLOCK or len(body) % BLOCK:
        raise Broken("cipher")
    decryptor, unpadder = Cipher(SM4(key), CBC(body[:BLOCK])).decryptor(), PKCS7(BLOCK * 8).unpadder()
    padded = decryptor.update(body[BLOCK:]) + decryptor.finalize()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise Broken("cipher") from None


class Nonces:
    """The nonces that a server has seen, for as long as their requests could be sent once more."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], int] = {}
        self._swept = 0
        self._lock = Lock()

    def take(self, point: str, headers: Mapping[str, str], now: int) -> None:
        """Use up the nonce of a request whose signature is right. Raises Broken (nonce) where it was used before."""
        given = headers.get(NONCE, "")
        with self._lock:
            self._sweep(now)
            if not given or self._until.get((point, given), now - 1) >= now:
                raise Broken("nonce")
            self._until[point, given] = stamp(headers) + SKEW

    def _sweep(self, now: int) -> None:
        """Forget those whose requests are too old by now; not at every request, as there may be many."""
        if now - self._swept > SKEW:
            self._until = {each: until for each, until in self._until.items() if until >= now}
            self._swept = now
