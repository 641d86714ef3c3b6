"""The files that benchmarks measure on, each made once: provinces, what landed of them, and lakes to run in."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from jobs.crosswalk import crosswalk_table
from jobs.landing.record import RECORD, Landed, read_record
from lakehouse import keys
from lakehouse.console import Reporter
from lakehouse.files import read_json
from lakehouse.settings import Settings
from tests.benchmarks.measure import Cost, cost_of

NIGHT = date(2026, 6, 30)
LAKEHOUSE = str(Path(sys.executable).parent / "lakehouse")


@dataclass(frozen=True)
class Step:
    """What one step used: seconds of wall clock and CPU, since the step before."""

    name: str
    wall: float
    cpu: float


@dataclass(frozen=True)
class Run:
    """A measured process: what it cost as a whole, and its steps in order."""

    home: Settings
    cost: Cost
    steps: tuple[Step, ...]

    def wall(self, *names: str) -> float:
        """Wall seconds of the named steps."""
        return sum(step.wall for step in self.steps if step.name in names)

    def cpu(self, *names: str) -> float:
        """CPU seconds of the named steps."""
        return sum(step.cpu for step in self.steps if step.name in names)

    def cpu_until(self, name: str) -> float:
        """CPU seconds from the process's start to the end of a step."""
        names = [step.name for step in self.steps]
        return sum(step.cpu for step in self.steps[: names.index(name) + 1])


@dataclass
class Workshop:
    """folder: where everything is made.   scale: part of Yushu's volume."""

    folder: Path
    scale: float
    report: Reporter

    @cached_property
    def province(self) -> Path:
        """The province of Yushu: one full delivery a point over 24 months."""
        return self.generate("yushu", "--volume", "yushu", "--scale", str(self.scale))

    @cached_property
    def landed(self) -> Run:
        """All of it, landed on two cores."""
        return self.run("land", self.home("landed", self.province), cores=2)

    @cached_property
    def crosswalk(self) -> Path:
        """The crosswalk as a file for the twin."""
        path = self.folder / "crosswalk.parquet"
        pq.write_table(crosswalk_table(), path)
        return path

    @cached_property
    def history(self) -> Run:
        """From landed files to a publication, all points."""
        return self.run("whole", self.linked("history", self.records))

    @cached_property
    def half(self) -> Run:
        """The same over points that delivered half of the rows."""
        return self.run("whole", self.linked("half", self.half_records), points=self.half_points)

    @cached_property
    def half_on_one(self) -> Run:
        """The half on one core."""
        home = self.linked("half-on-one", self.half_records)
        return self.run("whole", home, points=self.half_points, cores=1)

    @property
    def records(self) -> list[Landed]:
        """What landed, by point."""
        return [read_record(path.parent) for path in sorted(self.landed.home.landing.glob(f"*/[!.]*/{RECORD}"))]

    @cached_property
    def half_records(self) -> list[Landed]:
        """Large deliveries first, every one that still fits into half of the rows."""
        left, chosen = sum(map(rows_of, self.records)) / 2, []
        for record in sorted(self.records, key=rows_of, reverse=True):
            if rows_of(record) <= left:
                chosen.append(record)
                left -= rows_of(record)
        return chosen

    @property
    def half_points(self) -> tuple[str, ...]:
        """The points of the half."""
        return tuple(record.point for record in self.half_records)

    def generate(self, name: str, *options: str) -> Path:
        """A province in a folder of its own; one that is there already is used again."""
        out = self.folder / name
        with self.report.step(f"generate {name}"):
            command = [LAKEHOUSE, "province", "generate", *options, "--ending", str(NIGHT), "--out", str(out)]
            cost_of(command, {}, self.folder / "generate.log")
        return out

    def home(self, name: str, province: Path) -> Settings:
        """An empty lake for a province, with keys."""
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        settings = Settings(home=home, site=province / "site", keys=home / "keys")
        keys.init(settings)
        return settings

    def linked(self, name: str, records: list[Landed]) -> Settings:
        """An empty lake in which deliveries have landed already."""
        settings = self.home(name, self.province)
        for record in records:
            place = settings.landing / record.id
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(self.landed.home.landing / record.id)
        return settings

    def copied(self, name: str, home: Settings) -> Settings:
        """A lake of its own with the content of another."""
        copy = Settings(home=self.folder / name, site=home.site, keys=self.folder / name / "keys")
        shutil.rmtree(copy.home, ignore_errors=True)
        shutil.copytree(home.home, copy.home, symlinks=True)
        return copy

    def run(self, task: str, home: Settings, night: date = NIGHT, points: tuple[str, ...] = (), cores: int = 2) -> Run:
        """Do a task of `task.py` on a lake, in a process of its own."""
        name = f"{home.home.name}: {task}"
        result, log = home.home / f"{task}.json", home.home / f"{task}.log"
        command = [sys.executable, "-m", "tests.benchmarks.task", task, str(night), str(result), *points]
        with self.report.step(name):
            cost = cost_of(command, environment(home, cores), log, cores)
        marks = [{"step": "", "wall": 0.0, "cpu": 0.0}, *read_json(result)]
        steps = [
            Step(after["step"], after["wall"] - before["wall"], after["cpu"] - before["cpu"])
            for before, after in pairwise(marks)
        ]
        told = ", ".join(f"{step.name} {step.wall:.1f} s ({step.cpu:.1f})" for step in steps)
        self.report.line(f"{name}: wall {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, peak {cost.peak:.2f} GiB; {told}")
        return Run(home, cost, tuple(steps))


def environment(home: Settings, cores: int) -> dict[str, str]:
    """The environment of a process that works on a lake."""
    where = {"LAKEHOUSE_HOME": str(home.home), "LAKEHOUSE_SITE": str(home.site), "LAKEHOUSE_KEYS": str(home.keys)}
    return {**where, "LAKEHOUSE_SPARK_CORES": str(cores)}


def rows_of(record: Landed) -> int:
    """Rows that a delivery brought."""
    return sum(table.landed.rows for table in record.tables.values())
