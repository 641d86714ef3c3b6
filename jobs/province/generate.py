"""Generate a province into a folder: points in a pool of processes, then what is known of all of them together."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.province import canaries
from jobs.province.citizens import citizens
from jobs.province.deliver import FATES, Told, deliver
from jobs.province.people import person_rows
from jobs.province.plan import Plan, Point, points_of
from jobs.province.site import write_site
from jobs.province.yushu import people_of
from lakehouse.errors import LakehouseError
from lakehouse.files import folder_whole

SUMMARY = "province.json"
PLACE = [
    ("point_id", pa.string()),
    ("delivery", pa.string()),
    ("business_date", pa.date32()),
    ("sequence", pa.int32()),
    ("kind", pa.string()),
    ("table", pa.string()),
]
AMOUNTS = [(f"{fate}_{what}", pa.int64()) for fate in ("declared", *FATES) for what in ("rows", "fen")]
ACCOUNTS = pa.schema([*PLACE, *AMOUNTS, ("unpriced", pa.int64())])
FAULTS = pa.schema(
    [
        ("fault_id", pa.string()),
        *PLACE,
        ("row_number", pa.int64()),
        ("key", pa.string()),
        ("column", pa.string()),
        ("fault", pa.string()),
        ("fate", pa.string()),
        ("first_fate", pa.string()),
        ("reason", pa.string()),
    ]
)
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


def generate(plan: Plan, out: Path, processes: int = 1, on_point: Callable[[Point], None] = lambda point: None) -> bool:
    """Write the province of a plan to `out`; False when it is there already.

    Nothing stands under that name before all of it is written. on_point: called after each point.
    Raises PROVINCE-001 when `out` holds something else, PROVINCE-002 for a plan that cannot be.
    """
    _check(plan)
    if _is_there(plan, out):
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.is_dir():
        out.rmdir()
    with folder_whole(out) as folder:
        write_site(plan, folder / "site")
        told = dict(_deliver_all(plan, folder, processes, on_point))
        _write_together(plan, folder, [told[point.id] for point in points_of(plan.points)])
        summary = {**parameters(plan), **_digest(folder)}
        (folder / SUMMARY).write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return True


def parameters(plan: Plan) -> dict[str, Any]:
    """What makes a province what it is."""
    return {
        "seed": plan.seed,
        "points": plan.points,
        "nights": plan.nights,
        "volume": plan.volume,
        "ending": str(plan.ending),
        "scale": plan.scale,
    }


def _check(plan: Plan) -> None:
    if plan.points < 1 or plan.nights < 1:
        raise LakehouseError(
            "PROVINCE-002", "A province has at least one point and one night.", do="Ask for more of them."
        )
    if plan.ending < date(2025, 1, 1) or plan.points > 999:
        raise LakehouseError(
            "PROVINCE-002",
            "The generator knows no calendar before 2025 and numbers no more than 999 points.",
            do="Choose a later --ending, or fewer --points.",
        )
    if plan.volume == "yushu":
        for point in points_of(plan.points):
            people_of(plan, point)


def _is_there(plan: Plan, out: Path) -> bool:
    """Whether `out` holds this very province."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    summary = out / SUMMARY
    if summary.is_file():
        found = json.loads(summary.read_text(encoding="utf-8"))
        if {key: found.get(key) for key in parameters(plan)} == parameters(plan):
            return True
    raise LakehouseError(
        "PROVINCE-001",
        "The folder holds something else.",
        where=str(out),
        do="Name another folder with --out, or remove this one.",
    )


def _deliver_all(
    plan: Plan, out: Path, processes: int, on_point: Callable[[Point], None]
) -> Iterator[tuple[str, Told]]:
    """Points with what must become of their deliveries, large points first, in any order of completion."""
    points = sorted(points_of(plan.points), key=lambda point: -point.weight)
    if processes <= 1:
        for point in points:
            yield point.id, deliver(plan, point, out)
            on_point(point)
        return
    # Fresh processes: pyarrow's threads do not survive a fork.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_settle) as pool:
        running = [(point, pool.submit(deliver, plan, point, out)) for point in points]
        for point, told in running:
            yield point.id, told.result()
            on_point(point)


def _settle() -> None:
    """One thread a process: there is a process for every core."""
    pa.set_cpu_count(1)
    os.environ["OMP_NUM_THREADS"] = "1"


def _write_together(plan: Plan, out: Path, told: list[Told]) -> None:
    """Faults, accounts and planted patients of all points."""
    for name, schema, lines in (
        ("faults", FAULTS, [line for each in told for line in each.faults]),
        ("accounts", ACCOUNTS, [line for each in told for line in each.accounts]),
    ):
        pq.write_table(
            pa.Table.from_pylist(lines, schema=schema), out / "truth" / f"{name}.parquet", compression="zstd"
        )
    pq.write_table(canary_rows(plan), out / "truth" / "canaries.parquet", compression="zstd")


def canary_rows(plan: Plan) -> pa.Table:
    """Every identifier of the planted patients, and the points that they visit."""
    canary = np.arange(canaries.COUNT)
    people, stamp = citizens(plan, 0, canary), np.full(len(canary), plan.begin.toordinal() - 719_163) * 86_400
    first = points_of(plan.points)[0]
    rows = person_rows(plan, first, (canary + canaries.FIRST_PATIENT, people), (stamp, stamp))
    visits = [
        [point.id for point in points_of(plan.points) if each in canaries.of_point(plan, point)] for each in canary
    ]
    columns = {"canary": pa.array(canary), **{name: rows[name] for name in IDENTIFIERS}}
    return pa.table({**columns, "points": pa.array(visits, pa.list_(pa.string()))})


def _digest(out: Path) -> dict[str, Any]:
    """Files, bytes, and a digest over paths and contents of all of them."""
    digest, files, size = hashlib.sha256(), 0, 0
    for path in sorted(each for each in out.rglob("*") if each.is_file()):
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{path.relative_to(out)} {content}\n".encode())
        files, size = files + 1, size + path.stat().st_size
    return {"digest": digest.hexdigest(), "files": files, "bytes": size}
