"""`lakehouse province`: a synthetic province to try everything on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from jobs.province.generate import generate
from jobs.province.plan import DEFAULT_POINTS, Plan, Point


@click.group()
def province() -> None:
    """A synthetic province: points, what each would offer every night, and the truth about it."""


@province.command("generate")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed gives another province.")
@click.option(
    "--points",
    type=click.IntRange(1, 999),
    default=DEFAULT_POINTS,
    show_default=True,
    help="Exchange points: Internet hospitals, hospitals and township centers as 29 : 14 : 50.",
)
@click.option(
    "--nights", type=click.IntRange(1, 366), default=8, show_default=True, help="Business dates, the last is --ending."
)
@click.option(
    "--volume",
    type=click.Choice(["small", "yushu"]),
    default="small",
    show_default=True,
    help="small: increments, corrections, deletions and mistakes of every kind, about 18,000 charges a workday over 93 "
    "points. yushu: one full delivery a point over 24 months, 1,270,849 persons, 1,154,277 visits, 6,310,356 "
    "prescription items.",
)
@click.option(
    "--ending", type=click.DateTime(["%Y-%m-%d"]), default="2026-06-30", show_default=True, help="Last business date."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@click.option("--processes", type=click.IntRange(1, 64), help="Processes to use; as many as there are cores.")
@click.option("--scale", type=click.FloatRange(0.0001, 1.0), default=1.0, hidden=True, help="Part of yushu's totals.")
def generate_command(
    seed: int,
    points: int,
    nights: int,
    volume: str,
    ending: datetime,
    out: Path,
    processes: int | None,
    scale: float,
) -> None:
    """Write a site (`site/`), what its points would offer (`offers/`) and the truth about it (`truth/`).

    The same parameters give the same bytes. A folder that holds this province already is left as it is; one that holds
    something else is refused. `truth/` has the rows that must stand in the end, by table and point; `faults.parquet`:
    everything odd, with the fate it must meet; `accounts.parquet`: every delivery's account once all nights are taken;
    `canaries.parquet`: planted patients, to search for leaks.
    """
    plan = Plan(seed, points, nights, volume, ending.date(), scale)
    with progress(points) as advance:
        is_new = generate(plan, out.absolute(), processes or usable_cores(), advance)
    click.echo(f"The province is in {out}." if is_new else f"{out} holds this province already; nothing to do.")


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def progress(points: int) -> AbstractContextManager[Callable[[Point], None]]:
    """Something to call after each point: a bar on a terminal, a line for every tenth of the points elsewhere."""
    if Console(stderr=True).is_terminal:
        return _Bar(points)
    return nullcontext(_lines(points))


def _lines(points: int) -> Callable[[Point], None]:
    done = 0

    def advance(point: Point) -> None:
        nonlocal done
        done += 1
        if done * 10 // points > (done - 1) * 10 // points:
            print(f"province: {done} of {points} points", file=sys.stderr, flush=True)

    return advance


class _Bar:
    """A progress bar while points are written."""

    def __init__(self, points: int) -> None:
        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("Generating the province", total=points)

    def __enter__(self) -> Callable[[Point], None]:
        self._bar.start()
        return lambda point: self._bar.advance(self._task)

    def __exit__(self, *ended: object) -> None:
        self._bar.stop()
