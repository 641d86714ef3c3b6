"""Digests of tables: equal content, equal digest, in whatever order and files it lies, whenever it was written.

A digest is a sum of row hashes modulo 2^64, twice with different seeds, so the digest of a table is the sum of its
files' digests, and a night computes those of the files that it wrote. Operational columns and tombstones stay out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pyspark.sql import SparkSession

from jobs import scan
from jobs.hashes import row_hash
from lakehouse.files import read_json, write_json

Month: TypeAlias = dict[str, Any]
ALL = "all"  # The one part of a table without months.
NONE = {"rows": 0, "digest": f"{0:032x}"}
MASK = (1 << 64) - 1


def month_digests(
    spark: SparkSession, path: Path, columns: Sequence[str], month: str | None, has_tombstones: bool, cache: Path
) -> dict[str, Month]:
    """Rows and digest of each month of a table as it stands; of a table without months, of the one part `all`.

    A file of a Delta table never changes, so only files are read that are not in the cache, a JSON document of file ->
    part, rows and digest: the cost is that of what a night wrote, not of the month it wrote into. Without the cache every
    file is read. Months without a row are left out.
    """
    known = read_json(cache) if cache.is_file() else {}
    files = {name: of[month] if month else ALL for name, of in scan.files(path).items()}
    fresh = {name: part for name, part in files.items() if name not in known}
    every = {name: known[name] for name in files if name in known}
    every |= _file_digests(spark, path, columns, fresh, has_tombstones)
    if every.keys() != known.keys():
        write_json(cache, every)
    by_part: dict[str, dict[str, Month]] = {}
    for name, each in every.items():
        if each["rows"]:
            by_part.setdefault(each["part"], {})[name] = each
    return {part: whole(parts) for part, parts in sorted(by_part.items())}


def _file_digests(
    spark: SparkSession, path: Path, columns: Sequence[str], files: Mapping[str, str], has_tombstones: bool
) -> dict[str, Month]:
    """Part, rows and digest of each of the files."""
    if not files:
        return {}
    hashes = [f"{row_hash(columns, seed)} as h{seed}" for seed in (0, 1)]
    counted = "not is_deleted" if has_tombstones else "true"
    sums = ", ".join(
        f"sum(h{seed} & 4294967295L) as low{seed}, sum(shiftrightunsigned(h{seed}, 32)) as high{seed}"
        for seed in (0, 1)
    )
    found = spark.sql(
        f"select name, count(*) as rows, {sums} from {{rows}} where counted group by name",
        rows=scan.of_files(spark, path, files).selectExpr(
            "_metadata.file_name as name", f"{counted} as counted", *hashes
        ),
    ).collect()
    summed = {row.name: {"rows": row.rows, "digest": _hex(row.asDict())} for row in found}
    return {name: {"part": part, **summed.get(Path(name).name, NONE)} for name, part in files.items()}


def whole(months: Mapping[str, Month]) -> Month:
    """Rows and digest of a table from those of its months."""
    digests = [int(part["digest"], 16) for part in months.values()]
    high = sum(digest >> 64 for digest in digests) & MASK
    low = sum(digest & MASK for digest in digests) & MASK
    return {"rows": sum(part["rows"] for part in months.values()), "digest": f"{high << 64 | low:032x}"}


def _hex(row: Mapping[str, int]) -> str:
    halves = [(row[f"low{seed}"] + (row[f"high{seed}"] << 32)) & MASK for seed in (0, 1)]
    return f"{halves[0] << 64 | halves[1]:032x}"
