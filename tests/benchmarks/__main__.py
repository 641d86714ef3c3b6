"""`make bench`: measure, print a table, write bench.json. Nothing here runs in the tests.

Everything is measured in one run on the same files; each measured thing is a process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from lakehouse.console import Reporter
from tests.benchmarks.figures import BENCHMARKS, Figure, TwinDiffersError
from tests.benchmarks.workshop import Workshop

PACKAGES = ("pyspark", "delta-spark", "duckdb", "pyarrow", "cryptography")


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(BENCHMARKS)), help="Only this one (may be repeated).")
@click.option(
    "--scale", type=click.FloatRange(0.001, 1.0), default=1.0, show_default=True, help="Part of Yushu's volume."
)
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Work in this folder and leave it there."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default="bench.json", show_default=True, help="File of the figures."
)
def main(only: Sequence[str], scale: float, keep: Path | None, out: Path) -> None:
    """Measure how fast the lakehouse is, and how much it needs."""
    report = Reporter()
    print(machine())
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="lakehouse-bench-") as folder:
        place = Path(folder).absolute()
        place.mkdir(parents=True, exist_ok=True)
        shop = Workshop(place, scale, report)
        figures = [figure for name in only or BENCHMARKS for figure in BENCHMARKS[name](shop)]
    show(figures, scale)
    lines = [{key: value for key, value in asdict(figure).items() if key != "note"} for figure in figures]
    out.write_text(json.dumps(lines, indent=1) + "\n")


def machine() -> str:
    """What this runs on, in two lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB"
    return f"{platform.system()} {platform.release()}, {_processor()}, {cores}\nPython {platform.python_version()}, {packages}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def show(figures: Sequence[Figure], scale: float) -> None:
    """The table."""
    print(f"\n{'':28}{'value':>9}  {'aim':10}at {scale:g} of Yushu's volume")
    for figure in figures:
        print(f"{figure.name:28}{figure.value:9.2f}  {figure.aim:10}{figure.note}")


if __name__ == "__main__":
    try:
        main()
    except TwinDiffersError as error:
        sys.exit(f"No ratio is printed. {error}.")
