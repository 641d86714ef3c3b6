"""Every DAG file: short, told in both languages, light to read, and opening nothing of the site."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs import holds, redeliver
from tests.dags.conftest import ROOT, environment

SHARED = {"support.py", "telling.py"}
FILES = sorted(path for path in (ROOT / "dags").glob("*.py") if path.name not in SHARED)
HEAVY = ("pyspark", "great_expectations", "pandas", "pyarrow", "jobs", "warehouse_models", "expectations")
# Reads files as the scheduler does, with the folder of DAGs on the path, each in a copy of an interpreter that has loaded
# Airflow and nothing else, and tells what each loaded and opened.
READ = """
import json, os, sys
dags, site, heavy, *files = sys.argv[1:]
sys.path.append(dags)
opened = []
sys.addaudithook(lambda event, said: opened.append(str(said[0])) if event == "open" else None)
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk

def tell(file):
    before = len(sys.modules)
    bag = DagBag(file)
    told = {
        name: {
            "doc": dag.doc_md,
            "tasks": {task.task_id: task.retries for task in dag.task_dict.values()},
            "max_active_runs": dag.max_active_runs,
            "catchup": dag.catchup,
            "past": [task.task_id for task in dag.task_dict.values() if task.depends_on_past],
            "options": [task.options for task in dag.task_dict.values() if hasattr(task, "options")],
            "defaults": [task.defaults for task in dag.task_dict.values() if hasattr(task, "options")],
            "ways": dag.params.get_param("way").schema["enum"] if "way" in dag.params else None,
        }
        for name, dag in bag.dags.items()
    }
    loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(heavy.split()))
    sites = [path for path in opened if path.startswith(site)]
    added = len(sys.modules) - before
    return {"errors": bag.import_errors, "dags": told, "site": sites, "heavy": loaded, "modules": added}

for file in files:
    if os.fork() == 0:
        print("told", json.dumps({"file": file, **tell(file)}), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
"""


def reading(home: Path, site: Path, *files: Path) -> dict[str, dict[str, Any]]:
    """By file, what reading it does in an Airflow for which a site lies there."""
    command = [sys.executable, "-c", READ, str(ROOT / "dags"), str(site), " ".join(HEAVY), *map(str, files)]
    surroundings = environment(home) | {"LAKEHOUSE_SITE": str(site)}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
    lines = (line.removeprefix("told ") for line in done.stdout.splitlines() if line.startswith("told "))
    return {told["file"]: told for told in map(json.loads, lines)}


@pytest.fixture(scope="module")
def readings(empty_airflow: Path) -> dict[str, dict[str, Any]]:
    return reading(empty_airflow, empty_airflow / "site", *FILES)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def read(request: pytest.FixtureRequest, readings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What reading one DAG file does."""
    return readings[str(request.param)] | {"file": request.param}


def test_there_are_the_dags() -> None:
    assert {path.stem for path in FILES} == {"nightly", "hold_release", "redeliver", "maintenance"}
    assert set((ROOT / "dags" / ".airflowignore").read_text().split()) == SHARED


def test_a_file_is_read_without_error_and_bears_its_dags_name(read: dict[str, Any]) -> None:
    assert read["errors"] == {}
    assert list(read["dags"]) == [read["file"].stem]
    assert len(read["file"].read_text().splitlines()) < 60


def test_reading_a_file_loads_nothing_heavy_and_opens_nothing_of_the_site(read: dict[str, Any]) -> None:
    assert read["heavy"] == []
    assert read["site"] == []
    assert read["modules"] < 400


def test_a_dag_says_what_it_is_for_in_both_languages_and_where_its_runbook_is(read: dict[str, Any]) -> None:
    (dag,) = read["dags"].values()
    assert re.search(r"[\u4e00-\u9fff]{10}", dag["doc"])
    assert re.search(r"([A-Za-z]+ ){5}", dag["doc"])
    (runbook, *_) = re.findall(r"`(docs/how-to/[a-z-]+\.md)`", dag["doc"])
    assert (ROOT / runbook).is_file()
    assert not dag["catchup"]


def test_a_task_that_does_something_is_tried_again(read: dict[str, Any]) -> None:
    (dag,) = read["dags"].values()
    assert dag["tasks"]
    assert {name for name, retries in dag["tasks"].items() if retries != 3} == set()


def test_nights_run_one_at_a_time_and_wait_for_no_earlier_one(read: dict[str, Any]) -> None:
    (dag,) = read["dags"].values()
    assert dag["past"] == [], "a night that never came to its first task would block all later ones, in silence"
    if "nightly" in read["dags"]:
        assert dag["max_active_runs"] == 1


def test_what_people_can_choose_is_what_jobs_understands(read: dict[str, Any]) -> None:
    if dag := read["dags"].get("hold_release"):
        assert dag["options"] == [list(holds.OPTIONS)]
        assert dag["defaults"] == [[holds.ASK_AGAIN]], "no answer may release or reject"
    if dag := read["dags"].get("redeliver"):
        assert dag["ways"] == list(redeliver.WAYS)


def test_a_loaded_module_would_be_noticed(tmp_path: Path, empty_airflow: Path) -> None:
    heavy = tmp_path / "heavy.py"
    heavy.write_text("from airflow.sdk import DAG\nimport jobs.arrivals\nwith DAG('heavy'): pass\n")
    found = reading(empty_airflow, tmp_path, heavy)[str(heavy)]
    assert "jobs" in found["heavy"]
    assert str(heavy) in found["site"]


def test_tasks_name_steps_that_there_are() -> None:
    named = {
        node.value
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"(arrivals|steps|holds|redeliver|maintain|spark_lease)\.[a-z_]+", node.value)
    }
    modules = {name: __import__(f"jobs.{name.partition('.')[0]}", fromlist=["_"]) for name in named}
    assert len(named) >= 9
    assert [
        name for name, module in modules.items() if not callable(getattr(module, name.partition(".")[2], None))
    ] == []
