"""Hashes of rows in Spark SQL, with nulls told apart: the engine's own hash function skips them."""

from __future__ import annotations

from collections.abc import Sequence


def row_hash(columns: Sequence[str], seed: int = 0) -> str:
    """SQL of a 64-bit hash of the columns' values; equal values in equal places, and only those, hash alike."""
    nulls = " + ".join(f"if({name} is null, {1 << place}L, 0L)" for place, name in enumerate(columns))
    return f"xxhash64({seed}, {', '.join(columns)}, {nulls})"
