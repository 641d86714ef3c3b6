"""Hashes of rows in Spark SQL, with nulls told apart: the engine's own hash function skips them."""

from __future__ import annotations

from collections.abc import Sequence


def row_hash(columns: Sequence[str], seed: int = 0) -> str:
    """SQL of a 64-bit hash of the columns' values; equal values in equal places, and only those, hash alike."""
    return f"xxhash64({seed}, {', '.join(f'{name}, {name} is null' for name in columns)})"
