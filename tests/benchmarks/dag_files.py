"""How long it takes to read a DAG file, as the scheduler does: `python -m tests.benchmarks.dag_files FILE` prints seconds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

DAGS = Path(__file__).resolve().parents[2] / "dags"
TIMES = 5


def seconds(home: Path) -> dict[str, float]:
    """File -> median of a few readings, each in an interpreter that has loaded Airflow and nothing else. home: of Airflow."""
    ours = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    environment = {**os.environ, **ours, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db"}
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    files = sorted(path for path in DAGS.glob("*.py") if path.name not in (DAGS / ".airflowignore").read_text())
    return {path.stem: statistics.median(_read(path, environment) for _ in range(TIMES)) for path in files}


def _read(path: Path, environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.dag_files", str(path)]
    done = subprocess.run(command, env=environment, cwd=DAGS.parent, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def main(file: str) -> float:
    """Read a file. Raises RuntimeError when it has no DAG."""
    import airflow.sdk  # noqa: F401 (The scheduler has it.)
    from airflow.dag_processing.dagbag import DagBag

    sys.path.append(str(DAGS))
    begun = time.monotonic()
    bag = DagBag(file)
    took = time.monotonic() - begun
    if bag.import_errors or not bag.dags:
        raise RuntimeError(f"{file} has no DAG: {bag.import_errors}")
    return took


if __name__ == "__main__":
    print(main(sys.argv[1]))
