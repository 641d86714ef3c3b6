"""What the DAG files share: how a step is called, what is tried again, which night a run is, where connections are."""

from datetime import datetime
from importlib import import_module
from zoneinfo import ZoneInfo

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, task
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from lakehouse.errors import BusyError, LakehouseError, PassingError
from lakehouse.settings import from_environment

BEIJING = ZoneInfo("Asia/Shanghai")
# A fault of line or machine is tried again, and so is what nobody foresaw; what a person must mend is not.
BY_CAUSE = ExceptionRetryPolicy(
    [RetryRule([PassingError, BusyError], RetryAction.RETRY), RetryRule(LakehouseError, RetryAction.FAIL)]
)
# How long after, `[core] default_task_retry_delay` says: five minutes.
DEFAULTS = {"retries": 3, "retry_policy": BY_CAUSE}
START = datetime(2026, 1, 1, tzinfo=BEIJING)


def call(name, *arguments):
    """Do a step of `jobs`, named `<module>.<function>`."""
    module, _, function = name.partition(".")
    return getattr(import_module(f"jobs.{module}"), function)(from_environment(), *arguments)


def step(name, **options):
    """A task that does a step with what it is given."""
    return task(task_id=name.rpartition(".")[2], **options)(lambda *arguments: call(name, *arguments))


def dated(name, kind=task, *more, **options):
    """A task that does a step for the night of its run."""
    return kind(task_id=name.rpartition(".")[2], **options)(lambda **context: call(name, night_of(context), *more))


def night_of(context):
    """The business date of a run: the one that the form names, or else the logical date, in Beijing."""
    if asked := context["params"].get("night"):
        return asked
    if context.get("logical_date") is None:
        raise AirflowFailException("哪一夜？ Say which night: give `night` in the form, YYYY-MM-DD.")
    return str(context["logical_date"].astimezone(BEIJING).date())


def connection(name):
    """A point's connection as Airflow knows it; else, as the private file beside the keys does."""
    from airflow.sdk import Connection

    from jobs.transports import connections

    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        return connections.from_environment(from_environment())(name)
    known = (found.conn_type, found.host or "", found.port, found.login, found.password, found.schema)
    return connections.Connection(*known, found.extra_dejson)
