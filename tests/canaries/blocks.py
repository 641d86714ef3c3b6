"""Compressed streams: gzip, zstd frames, and the LZ4 blocks in which Spark writes shuffles and spills."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pyarrow as pa
import zstandard

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
LZ4 = b"LZ4Block"
LZ4_HEADER = struct.Struct("<8sBiii")
LZ4_PLAIN, LZ4_PACKED = 0x10, 0x20
CODEC = pa.Codec("lz4_raw")


def gzip_members(data: bytes) -> Iterator[bytes]:
    """What the members of a gzip file hold; of one that was cut off, what can be had. Raises zlib.error."""
    while data.startswith(GZIP):
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield stream.decompress(data)
        data = stream.unused_data.lstrip(b"\0")


def zstd_frames(data: bytes) -> Iterator[bytes]:
    """What the zstd frames hold, wherever they begin. Bytes that only look like the begin of one are passed over."""
    at = data.find(ZSTD)
    while at >= 0:
        with suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
        at = data.find(ZSTD, at + 1)


def lz4_blocks(data: bytes) -> Iterator[bytes]:
    """What the LZ4 blocks hold, as lz4-java writes them one after the other; a block that is cut off is passed over."""
    at = data.find(LZ4)
    while 0 <= at <= len(data) - LZ4_HEADER.size:
        _, token, packed, size, _ = LZ4_HEADER.unpack_from(data, at)
        begin = at + LZ4_HEADER.size
        block = data[begin : begin + max(packed, 0)]
        if token & 0xF0 == LZ4_PLAIN:
            yield block
        elif token & 0xF0 == LZ4_PACKED and 0 < size <= 1 << 25 and len(block) == packed:
            yield from _unpacked(block, size)
        at = data.find(LZ4, begin)


def _unpacked(block: bytes, size: int) -> Iterator[bytes]:
    try:
        yield CODEC.decompress(block, decompressed_size=size, asbytes=True)
    except pa.ArrowException:
        return
