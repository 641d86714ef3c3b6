"""
# 夜间批处理 Nightly

每晚拉取各前置点的交付直至发布；逻辑日期（北京时间）即业务日期。到齐即发布，至截止时刻仍缺的点留待下一夜。

Every night: pull each point, take what arrived to a publication. The logical date, in Beijing, is the business date. It goes
on when all points are in, or at the cut-off with those that are. 值班手册 Runbook: `docs/how-to/run-with-airflow.md`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    CronDataIntervalTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    task,
)
from support import DEFAULTS, START, call, connection, dated, night_of, step
from telling import Tell, tell_deadline


@task(pool="points")
def pull(points, ti, **context):
    return call("arrivals.land", night_of(context), points, connection, ti.max_tries - ti.try_number + 1)


@task(outlets=[AssetAlias("marts")])
def publish(batch, *, outlet_events):
    for mart, facts in call("steps.publish", batch).items():
        outlet_events[AssetAlias("marts")].add(Asset(mart, f"lakehouse://marts/{mart}"), extra=facts)


with DAG(
    "nightly", schedule=CronDataIntervalTimetable("0 2 * * *", "Asia/Shanghai"), start_date=START, catchup=False,
    max_active_runs=1, default_args=DEFAULTS, doc_md=__doc__, on_failure_callback=Tell(),
    params={"night": Param(None, type=["null", "string"], format="date", title="业务日期 Business date")},
    deadline=DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=12), SyncCallback(tell_deadline)),
):  # fmt: skip
    groups = step("arrivals.chunks")()
    all_in = dated("arrivals.gathered", task.sensor, connection, mode="reschedule", poke_interval=600)()
    batch = dated("steps.open_batch", task.short_circuit, ignore_downstream_trigger_rules=False)()
    start = step("spark_lease.start")().as_setup()
    stage, gate, merge, marts, serve = (step(f"steps.{x}")(batch) for x in ("stage", "gate", "merge", "marts", "serve"))
    stop = step("spark_lease.stop")().as_teardown(setups=start)
    groups >> pull.expand(points=groups) >> all_in >> batch >> start
    start >> stage >> gate >> merge >> marts >> publish(batch) >> serve >> stop
    gate >> (questions := dated("holds.questions", trigger_rule="none_failed")())
    TriggerDagRunOperator.partial(task_id="ask", logical_date=None, skip_when_already_exists=True).expand_kwargs(
        questions
    )
