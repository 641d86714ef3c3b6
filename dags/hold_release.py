"""
# 放行或驳回 Hold and release

质量门暂缓一份交付时，请人作答：放行、驳回或再问；页面只有计数与原因，没有患者数据。逾时无人作答即继续暂缓，次夜再问。
值班手册见 `docs/how-to/answer-a-hold.md`。

A gate holds a delivery, and a person answers: release, reject, or ask again. Counts and reasons are shown, no value of a
patient. Without an answer in time it stays held, and the next night asks again. Runbook: `docs/how-to/answer-a-hold.md`.
"""

from datetime import timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, task
from support import DEFAULTS, START, call
from telling import Tell

OPTIONS = ["放行 release", "驳回 reject", "再问 ask again"]


@task
def describe(params):
    return call("holds.question", params["delivery"])


@task.short_circuit
def decide(answered, params):
    """Whether a night must run for it: only a release moves rows."""
    who, reason = answered["responded_by_user"], (answered["params_input"] or {}).get("reason") or ""
    option = answered["chosen_options"][0]
    return call("holds.answer", params["delivery"], option, reason, who["name"] if who else "") == "release"


with DAG(
    "hold_release", schedule=None, start_date=START, catchup=False, default_args=DEFAULTS, doc_md=__doc__,
    on_failure_callback=Tell(),
    params={"delivery": Param("", type="string"), "night": Param("", type="string")},
):  # fmt: skip
    ask = HITLOperator(
        task_id="ask",
        subject="{{ ti.xcom_pull('describe')['subject'] }}",
        body="{{ ti.xcom_pull('describe')['body'] }}",
        options=OPTIONS,
        defaults=OPTIONS[2],  # Nobody answered: it stays held.
        params={"reason": Param("", type="string", title="理由 Why")},
        response_timeout=timedelta(hours=20),
    )
    run = TriggerDagRunOperator(
        task_id="run_night", trigger_dag_id="nightly", conf={"night": "{{ params.night }}"}, logical_date=None
    )
    describe() >> ask
    decide(ask.output) >> run
