"""One Spark and one built province for the whole test run; tests share both and change neither."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from dashboards.apply import apply
from dashboards.bundle import render
from dashboards.client import Superset
from dashboards.local import LocalSuperset, superset
from jobs.night import Engine, NightReport, run_night
from jobs.province.generate import generate
from jobs.province.plan import Plan
from lakehouse import keys
from lakehouse.settings import Settings
from tests.canaries.keep import Keeper, keeping, temporary_folder
from tests.end_to_end.deployed import deployed
from tests.end_to_end.swapped import Shown
from tests.proofs.clones import Outcome, tell
from tests.proofs.order import in_every_order
from tests.proofs.transports import by_every_transport, reached
from tests.proofs.waiting import in_both_orders

PLAN = Plan(seed=1, points=93, nights=8, ending=date(2026, 6, 30))
ORDERS = 12  # Of the 120, which `make prove` takes.


def settings_in(folder: Path, province: Path) -> Settings:
    """Settings of a lake in `folder` over a province, with keys of its own."""
    settings = Settings(home=folder, site=province / "site", keys=folder / "keys")
    keys.init(settings)
    return settings


@pytest.fixture(scope="session")
def engine(spark: SparkSession) -> Engine:
    """What to give to `run_night`: the shared session instead of a server for each night."""
    return lambda settings: nullcontext(spark)


@dataclass(frozen=True)
class BuiltNight:
    """The demonstration: province, lake, and what the two runs reported. Read only.

    beside: folders outside of the lake's home in which something was written: temporary files, the engine's spill and log, and
    what was removed from any of them while the nights ran.   keeper: which of that escaped (see tests/canaries/keep.py).
    """

    settings: Settings
    province: Path
    reports: tuple[NightReport, ...]
    beside: tuple[Path, ...]
    keeper: Keeper


@pytest.fixture(scope="session")
def built_night(spark: SparkSession, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> BuiltNight:
    """What `make night` builds: 93 points, seven nights in one run, then the last."""
    folder = tmp_path_factory.mktemp("built")
    province = folder / "province"
    generate(PLAN, province, processes=2)
    settings = settings_in(folder / "home", province)
    *earlier, last = PLAN.dates
    run, temporary, kept = Path(str(spark.conf.get("spark.local.dir"))).parents[1], folder / "tmp", folder / "kept"
    with temporary_folder(temporary), keeping([settings.home, temporary, run], kept) as keeper:
        first = run_night(settings, earlier[0], earlier[-1], engine=engine)
        second = run_night(settings, last, last, engine=engine)
    return BuiltNight(settings, province, (first, second), (temporary, run, kept), keeper)


@pytest.fixture(scope="session")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where points that are clones of each other have their offers and their lake."""
    return tmp_path_factory.mktemp("clones")


@pytest.fixture(scope="session")
def outcomes(clones: Path, engine: Engine) -> dict[str, Outcome]:
    """By story: what became of five deliveries in twelve orders. By parent table: of its rows a night before all others, and a
    night after them. And of a story that comes by every transport. All in one lake: points have nothing to do with each
    other, and a night more costs more than a point."""
    return tell(clones, {**in_every_order(ORDERS), **in_both_orders(), **by_every_transport()}, engine, reached)


@pytest.fixture(scope="session")
def shown(built_night: BuiltNight, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The served folder of the built night, copied to where tests may show others."""
    served = built_night.settings.serving.parent
    link = tmp_path_factory.mktemp("shown") / served.name
    copied = Shown(link, served.resolve().name)
    shutil.copytree(served.resolve(), link.with_name(copied.first))
    copied.show(copied.first)
    return copied


@pytest.fixture(scope="session")
def running(
    shown: Shown, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[LocalSuperset]:
    """A Superset over the built night, with everything applied."""
    run = deployed if pytestconfig.getoption("--deployed") else superset
    with run(tmp_path_factory.mktemp("superset"), shown.link) as started:
        with started.as_administrator() as session:
            apply(session, render())
        yield started


@pytest.fixture(scope="session")
def administrator(running: LocalSuperset) -> Iterator[Superset]:
    """Who may do everything; logging in is limited, so all tests share the session."""
    with running.as_administrator() as session:
        yield session
