"""Random draws without a state: a draw is a function of seed, table, field and entity, and of nothing else.

Whoever asks, in whatever order and from however many processes, gets the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

POINT_SHIFT = 40


def entities(point: int, index: Any) -> Ints:
    """Entity numbers of rows `index` (below 2**40) of a point; different points never share one."""
    return np.asarray(index, dtype=np.int64) + (np.int64(point) << POINT_SHIFT)


def mix(bits: Bits) -> Bits:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014): each bit of the input moves half of the output's bits."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


class Draws:
    """All draws of one table: each field is a stream of its own, each entity a place in it."""

    def __init__(self, seed: int, table: str) -> None:
        self._name = f"{seed}/{table}/"

    def bits(self, field: str, entity: Any) -> Bits:
        """64 random bits for each entity."""
        key = int.from_bytes(hashlib.blake2b((self._name + field).encode(), digest_size=8).digest(), "little")
        with np.errstate(over="ignore"):  # Arithmetic is modulo 2**64.
            counter = np.asarray(entity, dtype=np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            return mix(mix(counter) ^ np.uint64(key))

    def uniform(self, field: str, entity: Any) -> Floats:
        """Numbers in [0, 1), of 53 bits."""
        return np.asarray((self.bits(field, entity) >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def below(self, field: str, entity: Any, limit: Any) -> Ints:
        """Whole numbers from 0 to `limit` - 1; `limit` may differ from entity to entity."""
        return np.floor(self.uniform(field, entity) * limit).astype(np.int64)

    def between(self, field: str, entity: Any, low: Any, high: Any) -> Ints:
        """Whole numbers from `low` to `high`, both included."""
        low = np.asarray(low, dtype=np.int64)
        return low + self.below(field, entity, np.asarray(high, dtype=np.int64) - low + 1)

    def chance(self, field: str, entity: Any, probability: Any) -> Flags:
        """True with the given probability."""
        return np.asarray(self.uniform(field, entity) < probability)

    def weighted(self, field: str, entity: Any, weights: Sequence[float] | Floats) -> Ints:
        """Indices into `weights`, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(edges, self.uniform(field, entity) * edges[-1], side="right")
        return np.minimum(found, len(edges) - 1).astype(np.int64)
