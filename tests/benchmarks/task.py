"""What is measured, each in a process of its own: `python -m tests.benchmarks.task NAME NIGHT RESULT [POINT …]`.

The deployment comes from the environment. RESULT gets a JSON list of marks: how much wall and CPU time the process and
all it started had used when each step ended.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from jobs import batch as steps
from jobs import night as nights
from jobs import stage
from jobs.gate import run_gate
from jobs.ledger import Batch
from jobs.lock import lock
from jobs.publish import build_marts
from jobs.spark import spark_for_the_night, suit
from lakehouse.console import Reporter
from lakehouse.files import write_json
from lakehouse.settings import Settings, from_environment
from tests.benchmarks.measure import family_seconds
from warehouse_models import registry

REGISTERS = [name for name in registry.order() if not registry.conformed_of(name).has_months]
EVENTS = [name for name in registry.order() if registry.conformed_of(name).has_months]


@dataclass
class Meter(Reporter):
    """A reporter that also notes what had been used when each step ended, under the step's English name."""

    marks: list[dict[str, float | str]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step as the night reports it."""
        with super().step(name):
            yield
        self.mark(name.split()[-1])

    def mark(self, name: str) -> None:
        """Note that a step has ended."""
        self.marks.append({"step": name, "wall": time.monotonic() - self.started, "cpu": family_seconds()})


def land(settings: Settings, night: date, meter: Meter, points: Sequence[str]) -> None:
    """Landing alone."""
    nights.pull_and_land(settings, night, night, points or None, meter)


def whole(settings: Settings, night: date, meter: Meter, points: Sequence[str]) -> None:
    """A night as `lakehouse night` runs it."""
    nights.run_night(settings, night, night, points or None, meter, engine=functools.partial(_engine, meter))


def gated(settings: Settings, night: date, meter: Meter, points: Sequence[str]) -> None:
    """Projection and write of everything that has landed, with its checks."""
    with _batch(settings, night, meter) as (spark, batch), meter.step("stage"):
        steps.stage_batch(spark, settings, batch, meter)


def ungated(settings: Settings, night: date, meter: Meter, points: Sequence[str]) -> None:
    """The same with an empty list of checks."""
    stage.projection_sql = functools.partial(stage.projection_sql, judged=False)  # type: ignore[attr-defined]
    gated(settings, night, meter, points)


def parts(settings: Settings, night: date, meter: Meter, points: Sequence[str]) -> None:
    """A night of which the tables without a month are staged and merged apart."""
    nights.pull_and_land(settings, night, night, points or None, meter)
    with _batch(settings, night, meter) as (spark, batch):
        for name, tables in (("registers", REGISTERS), ("events", EVENTS)):
            steps.stage_batch(spark, settings, batch, meter, tables)
            meter.mark(f"stage {name}")
        run_gate(settings, batch)
        meter.mark("gate")
        for name, tables in (("registers", REGISTERS), ("events", EVENTS)):
            steps.merge_batch(spark, settings, batch, meter, tables)
            meter.mark(f"merge {name}")
        build_marts(spark, settings, batch)
        meter.mark("marts")
        nights.publish_batch(spark, settings, batch)
        nights.close_batch(settings, batch)
        meter.mark("publish")


@contextmanager
def _batch(settings: Settings, night: date, meter: Meter) -> Iterator[tuple[SparkSession, Batch]]:
    """A session, and a batch of everything that no batch has taken."""
    with lock(settings), _engine(meter, settings) as spark:
        batch = nights.open_or_resume(settings, night, meter)
        steps.land_batch(settings, batch)
        suit(spark, steps.declared_rows(settings, batch))
        yield spark, batch


@contextmanager
def _engine(meter: Meter, settings: Settings) -> Iterator[SparkSession]:
    with spark_for_the_night(settings) as spark:
        meter.mark("start")
        yield spark


TASKS: dict[str, Callable[[Settings, date, Meter, Sequence[str]], None]] = {
    task.__name__: task for task in (land, whole, gated, ungated, parts)
}


def main() -> None:
    """Do one task and write its marks."""
    name, night, result, *points = sys.argv[1:]
    meter = Meter()
    TASKS[name](from_environment(), date.fromisoformat(night), meter, points)
    write_json(Path(result), meter.marks)


if __name__ == "__main__":
    main()
