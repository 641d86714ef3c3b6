"""The benchmarks: each makes what it measures in the workshop and returns its figures."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from lakehouse.settings import Settings
from tests.benchmarks import dag_files
from tests.benchmarks.charts import chart_waits, p95, told
from tests.benchmarks.compare import differences
from tests.benchmarks.measure import Cost, cost_of
from tests.benchmarks.workshop import LAKEHOUSE, NIGHT, Run, Workshop, environment

REPEATS = 3
NIGHTS = (8, 80)  # Of history before the night that is measured.
FEW = ("--volume", "small", "--points", "12")  # Enough points for one of every kind.
WORK = ("stage", "gate", "merge", "marts", "publish")
REGISTERS = ("stage registers", "merge registers")


@dataclass(frozen=True)
class Figure:
    """One line of the table. aim: what the issue asks; `reported` where it asks for nothing."""

    name: str
    value: float
    aim: str
    note: str = ""


class TwinDiffersError(Exception):
    """The twin and the lakehouse do not say the same, so that their costs must not be compared."""


def history_vs_duckdb(shop: Workshop) -> Iterator[Figure]:
    """CPU from landed files to the same tables and marts; ours has also staged, gated and accounted by then."""
    small = shop.generate("tiny", *FEW, "--nights", "1")
    tiny = shop.home("tiny-lake", small)
    shop.run("whole", tiny)
    twin_cost(shop, tiny, repeats=1)
    ours, theirs = shop.history.cpu_until("marts"), twin_cost(shop, shop.history.home)
    note = f"{ours:.0f} CPU-s up to the marts over {theirs.cpu:.0f}; wall {theirs.wall:.0f} s for DuckDB"
    yield Figure("history_vs_duckdb", ours / theirs.cpu, "<= 3", note)


def twin_cost(shop: Workshop, home: Settings, repeats: int = REPEATS) -> Cost:
    """What the twin costs on the files that landed in a lake, the median. Raises TwinDiffersError when its tables are
    others than the lake's."""
    out = home.home / "twin"
    costs = []
    for _ in range(repeats):
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, "-m", "tests.benchmarks.twin"]
        command += [str(home.landing), str(shop.crosswalk), str(out), "2"]
        with shop.report.step(f"{home.home.name}: DuckDB"):
            costs.append(cost_of(command, {}, home.home / "twin.log", 2))
    if wrong := differences(home, out):
        raise TwinDiffersError(f"{home.home.name}: the twin differs in {', '.join(wrong)}")
    shop.report.line(f"{home.home.name}: DuckDB wrote the same tables, CPU {[round(cost.cpu, 1) for cost in costs]}")
    return sorted(costs, key=lambda cost: cost.cpu)[repeats // 2]


def landing_mb_per_s(shop: Workshop) -> Iterator[Figure]:
    """Megabytes as offered, compressed where the dialect compresses, from the outbox to landed and sealed files."""
    raw = sum(record.raw_bytes for record in shop.records) / 1e6
    rows = sum(table.landed.rows for record in shop.records for table in record.tables.values())
    wall = shop.landed.wall("land")
    yield Figure("landing_mb_per_s", raw / wall, "reported", f"{raw:.0f} MB, {rows:,} rows, {rows / wall:,.0f} rows/s")


def night_at_10x_history(shop: Workshop) -> Iterator[Figure]:
    """CPU of the same date's night after 80 nights over that after 8; registers, which have no months, apart."""
    short, long = (_further_nights(shop, nights) for nights in NIGHTS)

    def ratio(cost: Callable[[Run], float]) -> float:
        return median(map(cost, long)) / median(map(cost, short))

    def without_registers(run: Run) -> float:
        return run.cost.cpu - run.cpu(*REGISTERS)

    cpu = [f"{median(run.cost.cpu for run in runs):.1f}" for runs in (short, long)]
    yield Figure("night_at_10x_history", ratio(without_registers), "<= 1.15", f"whole nights {' and '.join(cpu)} CPU-s")
    yield Figure(
        "registers_at_10x_history", ratio(lambda run: run.cpu(*REGISTERS)), "reported", "tables without a month"
    )
    events = ratio(lambda run: without_registers(run) - run.cpu("land", "start"))
    yield Figure("events_at_10x_history", events, "reported", "the same without landing and the start of Spark")


def _further_nights(shop: Workshop, nights: int) -> list[Run]:
    """A history taken in one run, then one more night, measured on copies of it."""
    name = f"{nights}-nights"
    province = shop.generate(name, *FEW, "--nights", str(nights + 1))
    history = shop.run("whole", shop.home(f"{name}-history", province), night=NIGHT - timedelta(days=1))
    return [shop.run("parts", shop.copied(f"{name}-{number}", history.home)) for number in range(REPEATS)]


def gated_vs_ungated(shop: Workshop) -> Iterator[Figure]:
    """Staging with its checks over staging with an empty list of them, start of Spark left out."""
    cpu: dict[str, list[float]] = {"gated": [], "ungated": []}
    for number in range(REPEATS):
        for task, found in cpu.items():
            run = shop.run(task, shop.linked(f"{task}-{number}", shop.half_records))
            found.append(run.cpu("stage"))
    gated, ungated = (median(found) for found in cpu.values())
    note = f"{gated:.0f} over {ungated:.0f} CPU-s"
    yield Figure("gated_vs_ungated", gated / ungated, "<= 1.25", note)


def double_rows(shop: Workshop) -> Iterator[Figure]:
    """Wall time from staging to the publication, start of Spark left out."""
    whole, half = (run.wall(*WORK) for run in (shop.history, shop.half))
    yield Figure("double_rows", whole / half, "<= 2.1", f"{whole:.0f} over {half:.0f} s")


def two_cores_vs_one(shop: Workshop) -> Iterator[Figure]:
    """Wall time on one core over that on two, start of Spark left out, over half of the rows."""
    one, two = (run.wall(*WORK) for run in (shop.half_on_one, shop.half))
    yield Figure("two_cores_vs_one", one / two, ">= 1.6", f"{one:.0f} over {two:.0f} s")


def peak_memory_gib(shop: Workshop) -> Iterator[Figure]:
    """The most memory of the JVM and all Python processes together, landing or later."""
    landing, later = shop.landed.cost.peak, shop.history.cost.peak
    note = f"landing {landing:.1f}, then {later:.1f}"
    yield Figure("peak_memory_gib", max(landing, later), "<= 10", note)


def empty_night_seconds(shop: Workshop) -> Iterator[Figure]:
    """`lakehouse night` after the history, when nothing new is offered."""
    home = shop.history.home
    command = [LAKEHOUSE, "night", "--date", str(NIGHT)]
    walls = [cost_of(command, environment(home, 2), home.home / "empty.log", 2).wall for _ in range(REPEATS)]
    yield Figure("empty_night_seconds", median(walls), "reported")


def chart_p95_seconds(shop: Workshop) -> Iterator[Figure]:
    """Time until a chart's figures are there, cold: for one user, and for eight at a time."""
    alone, together = chart_waits(shop)
    yield Figure("chart_p95_seconds", p95(alone), "<= 0.5", told(alone))
    yield Figure("chart_p95_8_users_seconds", p95(together), "<= 1", told(together))


def dag_file_seconds(shop: Workshop) -> Iterator[Figure]:
    """Time in which the scheduler reads the slowest of the DAG files."""
    found = dag_files.seconds(shop.folder / "airflow")
    note = ", ".join(f"{name} {took:.2f}" for name, took in found.items())
    yield Figure("dag_file_seconds", max(found.values()), "< 1", note)


BENCHMARKS: dict[str, Callable[[Workshop], Iterator[Figure]]] = {
    benchmark.__name__: benchmark
    for benchmark in (
        landing_mb_per_s,
        history_vs_duckdb,
        peak_memory_gib,
        empty_night_seconds,
        double_rows,
        two_cores_vs_one,
        gated_vs_ungated,
        night_at_10x_history,
        chart_p95_seconds,
        dag_file_seconds,
    )
}
