"""From bytes as offered to UTF-8 text, strictly: a byte that is no text is an error with its place, never U+FFFD."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator

from jobs.landing.refusals import Refused, reason

CHUNK = 4 * 1024 * 1024  # Bytes at a time: what a compressed file unfolds to is never held as a whole.
GZIP = 31  # zlib's name for a gzip header and trailer.


def unpacked(content: bytes, compression: str) -> Iterator[bytes]:
    """The text's bytes in chunks. Raises Refused (DEC-GZIP) for a damaged or unfinished gzip file."""
    if compression == "none":
        yield from (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
        return
    rest = content
    is_first = True
    while rest or is_first:  # A gzip file may have several members, one after the other.
        member = zlib.decompressobj(GZIP)
        while not member.eof:
            yield _inflated(member, rest)
            rest = member.unconsumed_tail
        rest, is_first = member.unused_data, False


def _inflated(member: zlib._Decompress, content: bytes) -> bytes:
    """The next chunk of a member of a gzip file; empty only where the member ends."""
    try:
        chunk = member.decompress(content, CHUNK)
    except zlib.error:
        raise Refused(reason("DEC-GZIP", "the compressed data are damaged")) from None
    if not chunk and not member.eof:
        raise Refused(reason("DEC-GZIP", "the file ends too early"))
    return chunk


def characters(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """The chunks as text.

    Raises Refused (DEC-BYTE, DEC-REPLACEMENT) with the offset, counted in the bytes after decompression, from 0.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    taken = 0
    start = 0  # Where the bytes begin that the decoder has taken but not given out yet.
    for chunk in chunks:
        text = _decoded(decoder, chunk, start)
        _check(text, start, encoding)
        yield text
        taken += len(chunk)
        start = taken - len(decoder.getstate()[0])
    _decoded(decoder, None, start)


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes | None, start: int) -> str:
    """The next characters; at the end, None, nothing may be left over."""
    try:
        return decoder.decode(chunk or b"", chunk is None)
    except UnicodeDecodeError as error:
        raise Refused(reason("DEC-BYTE", f"byte {start + error.start}")) from None


def _check(text: str, start: int, encoding: str) -> None:
    """Raises Refused (DEC-REPLACEMENT) at the first U+FFFD."""
    place = text.find("\ufffd")
    if place >= 0:
        raise Refused(reason("DEC-REPLACEMENT", f"byte {start + len(text[:place].encode(encoding))}"))
