"""One Spark for the test run, how tests are divided among processes, and how Superset is run in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import spark_keeper
from jobs.spark import session_at
from lakehouse.processes import listening
from lakehouse.settings import Settings

SHARED = "shared"  # Below the temporary folder of the run.


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--deployed` is how `make prove` runs the tests of Superset once more."""
    said = "Run Superset as docker-compose.yml has it: PostgreSQL, Redis, several workers."
    parser.addoption("--deployed", action="store_true", help=said)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What only a deployment shows is not asked of another Superset."""
    return True if collection_path.name == "test_deployed.py" and not config.getoption("--deployed") else None


@pytest.hookimpl(tryfirst=True)  # Before xdist reads the groups.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file is one process's, so that what it builds for its tests is built once; and so is all that needs the built night.
    What takes longest begins first: the built night, then all else that needs Spark."""
    for item in items:
        group = "built night" if _needs(item, "built_night") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: (not _needs(item, "built_night"), not _needs(item, "spark")))


def _needs(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[SparkSession]:
    """A session of this process on the server of the whole run, which is warm sooner than one for each process."""
    folder = tmp_path_factory.getbasetemp() / ("." if worker_id == "master" else "..") / SHARED
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_SPARK_MEMORY", "5g")
        patch.setenv("LAKEHOUSE_SPARK_LEASE", "7200")
        server = spark_keeper.start(_deployment(folder.resolve()))
    with session_at(server.address, lambda: listening(server.port)) as session:
        yield session


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The server ends with the run, not with the first process that needs it no longer."""
    if not hasattr(session.config, "workerinput"):
        factory: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        spark_keeper.stop(_deployment(factory.getbasetemp() / SHARED))


def _deployment(folder: Path) -> Settings:
    return Settings(home=folder, site=folder, keys=folder)
