"""Runs DAGs in a process of its own, as Airflow reads them from `dags/`: `python -m tests.dags.flight <legs.json> <log.json>`.

A leg is one run: {"dag", "night"} for a dated one, {"dag", "conf"} for one that somebody starts; "answer" tells what the
person says whom a run asks, {"option", "reason", "who"}, or "time" where nobody says anything in time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def fly(leg: dict[str, Any]) -> dict[str, Any]:
    """Run a DAG once: state of the run, states and tries of its tasks, and runs that wait to be started."""
    import pendulum
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(str(ROOT / "dags")).dags[leg["dag"]]
    dag.deadline = None  # Only the scheduler finds a deadline again; `dag.test` looks it up under a wrong id.
    for task in dag.task_dict.values():
        getattr(task, "partial_kwargs", vars(task))["retry_delay"] = timedelta(0)
    if "answer" in leg:
        threading.Thread(target=_say, args=(leg["answer"],), daemon=True).start()
    day = pendulum.parse(leg["night"], tz="Asia/Shanghai").add(hours=2) if "night" in leg else None  # type: ignore[union-attr]
    run = dag.test(logical_date=day, run_conf=leg.get("conf"))
    tasks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for ti in run.get_task_instances():
        tasks[ti.task_id].append((str(ti.state), ti.try_number))
    return {"state": str(run.state), "tasks": tasks, "queued": queued()}


def queued() -> list[list[Any]]:
    """Runs that wait to be started. `dag.test` takes the place of a run without a date, so each leg tells of its own."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        return [[run.dag_id, run.run_id, run.conf] for run in session.query(DagRun).filter_by(state="queued")]


def _say(answer: dict[str, str] | str) -> None:
    """Wait until a run asks, and answer it as Airflow's own interface does; or let its time pass."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    while True:
        time.sleep(0.3)
        with create_session() as session:
            asked = session.query(TaskInstance).filter_by(state="awaiting_input").first()
            if asked is None:
                continue
            if answer == "time":
                asked.trigger_timeout = asked.start_date
                session.flush()
                sweeper: Any = SimpleNamespace(log=SimpleNamespace(info=print))
                SchedulerJobRunner.check_awaiting_input_timeouts(sweeper, session=session)
            elif isinstance(answer, dict):
                said = UpdateHITLDetailPayload(
                    chosen_options=[answer["option"]], params_input={"reason": answer["reason"]}
                )
                user: Any = SimpleAuthManagerUser(username=answer["who"], role="op")
                update_hitl_detail(asked.dag_id, asked.run_id, asked.task_id, said, user, session, asked.map_index)
            return


def kept() -> dict[str, Any]:
    """What Airflow keeps: events of assets, and its variables between tasks."""
    from airflow.models.asset import AssetEvent
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        return {
            "assets": [[event.asset.name, event.extra] for event in session.query(AssetEvent)],
            "xcoms": [[xcom.dag_id, xcom.task_id, xcom.key, xcom.value] for xcom in session.query(XComModel)],
        }


if __name__ == "__main__":
    sys.path.append(str(ROOT / "dags"))
    legs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps({"legs": [fly(leg) for leg in legs], **kept()}, default=str))
