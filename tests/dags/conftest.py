"""An Airflow for the test run: its database is made once and copied; DAGs run in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.night import Engine
from lakehouse.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path) -> dict[str, str]:
    """What makes a process an Airflow with that home, without examples and on SQLite."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LAKEHOUSE"))}
    return ours | {
        "PYTHONPATH": str(ROOT),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture(scope="session")
def empty_airflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of an Airflow that has run nothing. Copy it."""
    home = tmp_path_factory.mktemp("airflow")
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, env=environment(home), check=True, capture_output=True)
    return home


@pytest.fixture(scope="session")
def engine(spark: SparkSession) -> Engine:
    """What to give to `run_night`: the shared session instead of a server for each night."""
    return lambda settings: nullcontext(spark)


def fly(home: Path, settings: Settings, legs: Sequence[Mapping[str, Any]], **more: str) -> dict[str, Any]:
    """Run DAGs over a lake, one after the other, and tell what became of them; everything said is kept in `log.txt`."""
    ours = {"LAKEHOUSE_HOME": settings.home, "LAKEHOUSE_SITE": settings.site, "LAKEHOUSE_KEYS": settings.keys}
    (home / "legs.json").write_text(json.dumps(list(legs)))
    with open(home / "log.txt", "ab") as log:
        subprocess.run(
            [sys.executable, "-m", "tests.dags.flight", str(home / "legs.json"), str(home / "told.json")],
            env=environment(home) | {name: str(path) for name, path in ours.items()} | more,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            check=True,
        )
    return json.loads((home / "told.json").read_text())


def copied(empty: Path, to: Path) -> Path:
    """An Airflow of a test's own."""
    shutil.copytree(empty, to)
    return to
