"""Many small landed files as one: Spark spends more on opening a file than on reading the rows of a small hospital."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

FEW = 8  # Files that are not worth gathering.
LARGE = 4 * 1024 * 1024  # Bytes of a file that is worth a task of its own.
ROWS = 32_768  # Rows of a group: two cores share even a small night.


def gathered(files: Sequence[Path], target: Path) -> list[Path]:
    """The files to read instead of `files`: large ones as they are, small ones copied together into `target`.

    The order of rows does not matter behind landing; every row bears its delivery and number."""
    small = [file for file in files if file.stat().st_size < LARGE]
    if len(small) <= FEW:
        return list(files)
    target.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(target, pq.read_schema(small[0]), compression="zstd", compression_level=1) as writer:
        for place in range(0, len(small), 256):
            writer.write_table(pq.ParquetDataset(small[place : place + 256]).read(), row_group_size=ROWS)
    return [target, *(file for file in files if file not in set(small))]
