"""How long it takes to read a DAG file, as the scheduler does: `python -m tests.benchmarks.dag_files FILE` prints seconds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.dags.conftest import ROOT, environment

DAGS = ROOT / "dags"
TIMES = 5


def seconds(home: Path) -> dict[str, float]:
    """File -> median of a few readings, each in an interpreter that has loaded Airflow and nothing else. home: of Airflow."""
    told = environment(home)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=told, check=True, capture_output=True)
    files = sorted({path.name for path in DAGS.glob("*.py")} - set((DAGS / ".airflowignore").read_text().split()))
    return {
        name.removesuffix(".py"): statistics.median(_read(DAGS / name, told) for _ in range(TIMES)) for name in files
    }


def _read(path: Path, told: dict[str, str]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.dag_files", str(path)]
    done = subprocess.run(command, env=told, cwd=ROOT, check=True, capture_output=True, text=True)
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
