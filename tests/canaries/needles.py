"""What to search for: every identifier of the planted patients, in every shape in which bytes may carry it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

LEAST_BYTES = 6  # Anything shorter turns up by chance.
IDENTIFIERS = (
    "name",
    "certificate_number",
    "phone",
    "address",
    "card_number",
    "guardian_name",
    "guardian_certificate_number",
    "guardian_phone",
)
FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"}


@dataclass(frozen=True)
class Identifier:
    """One identifier of one person. label: says whose and which, never its value."""

    label: str
    text: str


def planted(canaries: Path) -> list[Identifier]:
    """The identifiers in a province's `truth/canaries.parquet`, and what a hospital may write for them."""
    people = pq.read_table(canaries).to_pylist()
    return [
        Identifier(f"patient {person['canary']} {column}{shape and f' ({shape})'}", text)
        for person in people
        for column in IDENTIFIERS
        if person[column]
        for shape, text in shapes(column, person[column])
    ]


def shapes(column: str, text: str) -> Iterator[tuple[str, str]]:
    """An identifier as it stands, and other ways to write the same one."""
    yield "", text
    if "certificate" in column:
        if text[6:8] == "19":
            yield "15 digits", text[:6] + text[8:17]
        if text.endswith("X"):
            yield "lower-case x", text.lower()
    if "certificate" in column or "phone" in column:
        yield "full-width", text.translate(FULL_WIDTH)


def patterns(identifiers: list[Identifier]) -> dict[bytes, str]:
    """Bytes to search for -> what was found with them. Where encodings agree on the bytes, the first gives the name."""
    found: dict[bytes, str] = {}
    for identifier in identifiers:
        for encoding, pattern in encoded(identifier.text):
            if len(pattern) >= LEAST_BYTES:
                found.setdefault(pattern, f"{identifier.label}, {encoding}")
    return found


def encoded(text: str) -> Iterator[tuple[str, bytes]]:
    """A text in every encoding: plain, as escapes, in hexadecimal digits and in base64."""
    plain = {
        "UTF-8": text.encode(),
        "GB18030": text.encode("gb18030"),
        "UTF-16 LE": text.encode("utf-16-le"),
        "UTF-16 BE": text.encode("utf-16-be"),
    }
    yield from plain.items()
    yield "Java UTF-8", java_utf8(text)
    yield "Kryo", java_utf8(text)[:-1] + bytes([java_utf8(text)[-1] | 0x80])  # Marks the end of an ASCII text.
    escaped = json.dumps(text)[1:-1]
    yield from (
        ("escapes", escaped.encode()),
        ("escapes", escaped.replace("\\U", "\\u").upper().replace("\\U", "\\u").encode()),
    )
    for encoding, content in plain.items():
        yield f"hex of {encoding}", content.hex().encode()
        yield f"upper-case hex of {encoding}", content.hex().upper().encode()
        for place in range(3):
            for pattern in in_base64(content, place):
                yield f"base64 of {encoding} at {place}", pattern


def java_utf8(text: str) -> bytes:
    """UTF-8 as a Java stream writes it: a character beyond the basic plane as two surrogates of three bytes each."""
    pairs = text.encode("utf-16-be")
    return "".join(chr(int.from_bytes(pairs[at : at + 2])) for at in range(0, len(pairs), 2)).encode(
        errors="surrogatepass"
    )


def in_base64(content: bytes, place: int) -> tuple[bytes, bytes]:
    """The characters that depend on the content alone when it begins at this place of three, in both alphabets."""
    ahead, bits = b"\0" * place, 8 * (place + len(content))
    whole = slice(-(-8 * place // 6), bits // 6)
    return base64.b64encode(ahead + content)[whole], base64.urlsafe_b64encode(ahead + content)[whole]


def numbers(identifiers: list[Identifier]) -> dict[int, str]:
    """Identifiers that a column of numbers may hold."""
    texts = ((identifier.label, identifier.text) for identifier in identifiers)
    return {int(text): f"{label}, a number" for label, text in texts if text.isascii() and text.isdigit()}
