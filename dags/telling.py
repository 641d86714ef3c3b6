"""Who is told when a run of a DAG fails or is not done in time; how, `jobs.alerts` knows."""

from airflow.sdk import BaseNotifier


class Tell(BaseNotifier):
    """Tells people that a run has failed."""

    def notify(self, context):
        from jobs import alerts

        alerts.tell("failed", f"{context['dag'].dag_id} {context['run_id']}", [str(context.get("reason", ""))])


def tell_deadline(context=None):
    """Tell people that a run is not done by its deadline."""
    from jobs import alerts

    alerts.tell("deadline", str((context or {}).get("dag_run", {}).get("dag_run_id", "nightly")))
