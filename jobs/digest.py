"""Digests of tables: equal content, equal digest, in whatever order and files it lies, whenever it was written.

A digest is a sum of row hashes modulo 2^64, twice with different seeds, so the digest of a table is the sum of its
months' digests and a night computes those of the touched months only. Operational columns and tombstones stay out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pyspark.sql import SparkSession

from jobs.hashes import row_hash

Month: TypeAlias = dict[str, Any]
ALL = "all"  # The one part of a table without months.
MASK = (1 << 64) - 1


def month_digests(
    spark: SparkSession,
    path: Path,
    columns: Sequence[str],
    month: str | None,
    months: Iterable[str] | None,
    has_tombstones: bool,
) -> dict[str, Month]:
    """Rows and digest of each of the months (None: of all). Months without a row are left out."""
    conditions = ["not is_deleted"] if has_tombstones else []
    if month and months is not None:
        conditions.append(f"{month} in ({', '.join(repr(name) for name in sorted(months))})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    part = month or f"'{ALL}'"
    hashes = ", ".join(f"{row_hash(columns, seed)} as h{seed}" for seed in (0, 1))
    sums = ", ".join(
        f"sum(h{seed} & 4294967295L) as low{seed}, sum(shiftrightunsigned(h{seed}, 32)) as high{seed}"
        for seed in (0, 1)
    )
    found = spark.sql(
        f"select part, count(*) as rows, {sums} from (select {part} as part, {hashes} from {{rows}}{where}) group by part",
        rows=spark.read.format("delta").load(str(path)),
    ).collect()
    return {row.part: {"rows": row.rows, "digest": _hex(row.asDict())} for row in found}


def whole(months: Mapping[str, Month]) -> Month:
    """Rows and digest of a table from those of its months."""
    digests = [int(part["digest"], 16) for part in months.values()]
    high = sum(digest >> 64 for digest in digests) & MASK
    low = sum(digest & MASK for digest in digests) & MASK
    return {"rows": sum(part["rows"] for part in months.values()), "digest": f"{high << 64 | low:032x}"}


def _hex(row: Mapping[str, int]) -> str:
    halves = [(row[f"low{seed}"] + (row[f"high{seed}"] << 32)) & MASK for seed in (0, 1)]
    return f"{halves[0] << 64 | halves[1]:032x}"
