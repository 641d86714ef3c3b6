"""
# 维护 Maintenance

每周：销毁逾期的拒收原件与逾期未关单的上传，清除残留临时文件，清理任何保留发布都不再需要的旧文件。
值班手册见 `docs/how-to/run-with-airflow.md`。

Every week: destroy sealed originals of refused deliveries past their last day and uploads that were never closed, remove what
killed servers left, and vacuum files that no kept publication can need. Runbook: `docs/how-to/run-with-airflow.md`.
"""

from airflow.sdk import DAG, CronTriggerTimetable, task
from support import BEIJING, DEFAULTS, START, call, step
from telling import Tell


@task
def expire(dag_run):
    day = str(dag_run.run_after.astimezone(BEIJING).date())
    call("maintain.expire_originals", day)
    return call("maintain.expire_uploads", day)


with DAG(
    "maintenance", schedule=CronTriggerTimetable("0 15 * * 0", timezone="Asia/Shanghai"), start_date=START, catchup=False,
    max_active_runs=1, default_args=DEFAULTS, doc_md=__doc__, on_failure_callback=Tell(),
):  # fmt: skip
    expire() >> step("maintain.clear_spill")() >> step("maintain.vacuum")()
