"""One Spark for the whole test run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from jobs.spark import spark_for_the_night
from lakehouse.settings import Settings


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one session of the test run."""
    folder = tmp_path_factory.mktemp("spark")
    os.environ.setdefault("LAKEHOUSE_SPARK_MEMORY", "4g")
    with spark_for_the_night(Settings(home=folder, site=folder, keys=folder)) as session:
        yield session
