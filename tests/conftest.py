"""One Spark for each process of the test run, how tests are divided among processes, and how Superset is run in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.spark import spark_for_the_night
from lakehouse.settings import Settings

# Java of servers that live for a night of a few rows, or less: the second compiler takes a fifth of the CPU of it.
ONE_NIGHT = "-XX:TieredStopAtLevel=1"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--deployed` is how `make prove` runs the tests of Superset once more."""
    said = "Run Superset as docker-compose.yml has it: PostgreSQL, Redis, several workers."
    parser.addoption("--deployed", action="store_true", help=said)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What only a deployment shows is not asked of another Superset."""
    return True if collection_path.name == "test_deployed.py" and not config.getoption("--deployed") else None


@pytest.hookimpl(tryfirst=True)  # Before xdist reads the groups.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file is one process's, so that what it builds for its tests is built once; and so is all that needs the built night,
    the clones, or an Airflow. What takes longest begins first: the built night, then all else that needs Spark."""
    for item in items:
        shared = (name for name in ("built_night", "outcomes", "empty_airflow") if _needs(item, name))
        item.add_marker(pytest.mark.xdist_group(next(shared, item.nodeid.partition("::")[0])))
    items.sort(key=lambda item: (not _needs(item, "built_night"), not _needs(item, "spark")))


def _needs(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one session of this process."""
    folder = tmp_path_factory.mktemp("spark")
    os.environ.setdefault("LAKEHOUSE_SPARK_MEMORY", "4g")
    with spark_for_the_night(Settings(home=folder, site=folder, keys=folder)) as session:
        yield session
