"""
# 重新获取 Redeliver

填表：前置点、业务日期范围、方式与理由。“重新拉取”取其现在提供而尚未收取的交付；“重放原件”打开密封原件重新落地。随后自动运行一夜。
值班手册见 `docs/how-to/run-with-airflow.md`。

A form: point, business dates, way and reason. A pull takes what the point offers now and nobody took; a replay opens the
sealed originals and lands them again. Then a night runs. Runbook: `docs/how-to/run-with-airflow.md`.
"""

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, task
from support import DEFAULTS, START, call, connection
from telling import Tell

WAYS = ["重新拉取 pull", "重放原件 replay"]
DATE = {"type": "string", "format": "date"}


@task
def redeliver(params, dag_run):
    return call("redeliver.redeliver", dict(params), dag_run.triggering_user_name or "airflow", connection)


with DAG(
    "redeliver", schedule=None, start_date=START, catchup=False, default_args=DEFAULTS, doc_md=__doc__,
    on_failure_callback=Tell(),
    params={
        "point": Param("P001", type="string", title="前置点 Point"),
        "first": Param("2026-06-30", **DATE, title="起始业务日期 First business date"),
        "last": Param("2026-06-30", **DATE, title="截止业务日期 Last business date"),
        "way": Param(WAYS[0], type="string", enum=WAYS, title="方式 Way"),
        "reason": Param("", type="string", title="理由 Why"),
    },
):  # fmt: skip
    redeliver() >> TriggerDagRunOperator(
        task_id="run_night", trigger_dag_id="nightly", conf={"night": "{{ params.last }}"}, logical_date=None
    )
