"""Many byte patterns at once, at the speed of memory.

Every pattern has an anchor, six bytes of it. All windows of six bytes are hashed with vector instructions and looked up
in a small table of bits; the few that are in it are compared with the anchors, and those with the patterns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tests.canaries.needles import LEAST_BYTES

Buffer: TypeAlias = Any  # Whatever offers its bytes: bytes, a memory map, an Arrow buffer.
Windows: TypeAlias = npt.NDArray[np.uint64]
PIECE = 1 << 19
TABLE_BITS = 21
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
# A window is read as eight bytes; shifted, it is its first six.
UNUSED = np.uint64(16)


class Search:
    """Patterns to look for, prepared once. `numbers`: values to look for in columns of numbers."""

    def __init__(self, patterns: Mapping[bytes, str], numbers: Mapping[int, str]) -> None:
        self.patterns, self.numbers = dict(patterns), dict(numbers)
        self._by_anchor: dict[int, list[tuple[int, bytes]]] = {}
        for pattern in self.patterns:
            start = _anchor(pattern)
            window = int.from_bytes(pattern[start : start + LEAST_BYTES], "little") << int(UNUSED)
            self._by_anchor.setdefault(window, []).append((start, pattern))
        self._anchors = np.array(sorted(self._by_anchor), dtype=np.uint64)
        self._table = np.zeros(1 << TABLE_BITS, dtype=bool)
        self._table[_hash(self._anchors)] = True
        self._numbers = np.array(sorted(self.numbers), dtype=np.int64)

    def found_in(self, buffer: Buffer) -> set[str]:
        """What stands in the bytes."""
        view = memoryview(buffer).cast("B")
        return {self.patterns[pattern] for pattern in self._found(view)}

    def found_in_all(self, buffers: Iterable[Buffer]) -> set[str]:
        """What stands in any of the buffers; small ones are searched together."""
        found, small = set[str](), bytearray()
        for buffer in buffers:
            if len(memoryview(buffer).cast("B")) > PIECE:
                found |= self.found_in(buffer)
                continue
            small += memoryview(buffer).cast("B")
            small += b"\n\n"
            if len(small) > PIECE:
                found |= self.found_in(small)
                small = bytearray()
        return found | self.found_in(small)

    def found_among(self, values: npt.NDArray[np.int64]) -> set[str]:
        """What stands in a column of numbers."""
        if not len(values) or not len(self._numbers):
            return set()
        places = np.searchsorted(self._numbers, values).clip(max=len(self._numbers) - 1)
        return {self.numbers[int(value)] for value in np.unique(values[self._numbers[places] == values])}

    def _found(self, view: memoryview) -> set[bytes]:
        found = set[bytes]()
        for position, window in self._candidates(view):
            for start, pattern in self._by_anchor[window]:
                begin = position - start
                if begin >= 0 and view[begin : begin + len(pattern)] == pattern:
                    found.add(pattern)
        return found

    def _candidates(self, view: memoryview) -> Iterator[tuple[int, int]]:
        """Places where an anchor stands, with the anchor."""
        for begin in range(0, len(view), PIECE):
            piece = bytes(view[begin : begin + PIECE + LEAST_BYTES - 1]) + b"\0\0"
            for shift in range(8):
                count = (len(piece) - shift) // 8
                if count <= 0:
                    continue
                windows = np.frombuffer(piece, "<u8", count, shift) << UNUSED
                places = np.flatnonzero(self._table[_hash(windows)])
                nearest = np.searchsorted(self._anchors, windows[places]).clip(max=len(self._anchors) - 1)
                for place in places[self._anchors[nearest] == windows[places]].tolist():
                    yield begin + shift + 8 * place, int(windows[place])


def _hash(windows: Windows) -> Windows:
    return (windows * MULTIPLIER) >> np.uint64(64 - TABLE_BITS)


def _anchor(pattern: bytes) -> int:
    """Where the anchor of a pattern begins: the window with the most different bytes, the last of those."""
    starts = range(len(pattern) - LEAST_BYTES + 1)
    return max(starts, key=lambda start: (len(set(pattern[start : start + LEAST_BYTES])), start))
