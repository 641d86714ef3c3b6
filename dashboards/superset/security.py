"""What readers may ask beyond what Superset itself refuses. Runs inside of Superset.

Readers who may not explore get the figures that are declared: saved metrics over the columns of a served table, and no
text that an engine would read as SQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import g
from flask_appbuilder.security.api import SecurityApi
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.exceptions import SupersetSecurityException
from superset.security import SupersetSecurityManager
from superset.security.manager import query_context_modified

EXPLORERS = frozenset({"Admin", "analyst", "supervisor"})


class Security(SupersetSecurityManager):
    """Superset's own rules, and ours behind them."""

    def register_views(self) -> None:
        """Superset limits its page of logging in, but neither of the two views behind it that take passwords."""
        super().register_views()
        if self.is_auth_limited:
            programs = [view for view in self.appbuilder.baseviews if isinstance(view, SecurityApi)]
            for view in (self.auth_view, *programs):
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(view.blueprint)

    def request_loader(self, request: Any) -> Any:
        """Who asks: a guest, or who a program's token names. Superset itself looks at the token only where visitors may
        not ask, so that a program which asks for what they may ask for would be one of them."""
        return super().request_loader(request) or _bearer(self)

    def raise_for_access(self, *arguments: Any, **asked: Any) -> None:
        """Raise SupersetSecurityException when the reader may not see what is asked for, or may not ask like this."""
        super().raise_for_access(*arguments, **asked)
        question = asked.get("query_context")
        if question is None or _explores():
            return
        if not _is_declared(question) or (self.is_guest_user() and not _is_on_a_page(question)):
            raise SupersetSecurityException(
                SupersetError(
                    error_type=SupersetErrorType.DATASOURCE_SECURITY_ACCESS_ERROR,
                    message="只能查询已定义的指标和字段。 Only declared figures and columns may be asked for.",
                    level=ErrorLevel.WARNING,
                )
            )


def _bearer(security: Any) -> Any:
    try:
        found = verify_jwt_in_request(optional=True)
    except (JWTExtendedException, PyJWTError):
        return None  # Where a login is needed, the same token is refused.
    return security.load_user(found[1]["sub"]) if found else None


def _is_on_a_page(question: Any) -> bool:
    """Whether a guest asks what a chart or a filter of a page asks.

    Superset compares a guest's question with the saved chart, but does not find the chart: a guest has no right to list it."""
    from superset import db  # Models can be imported once the application is there, and it reads its settings first.
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    form = question.form_data or {}
    if form.get("slice_id"):
        question.slice_ = db.session.get(Slice, form["slice_id"])
        return question.slice_ is not None and not query_context_modified(question)
    page = db.session.get(Dashboard, form.get("dashboardId") or 0)
    filters = json.loads(page.json_metadata or "{}").get("native_filter_configuration", []) if page else []
    columns = {target["column"]["name"] for each in filters for target in each["targets"] if "column" in target}
    return all(set(query.columns) <= columns and not query.metrics for query in question.queries)


def _explores() -> bool:
    user: Any = getattr(g, "user", None)
    return bool(EXPLORERS & {role.name for role in getattr(user, "roles", ())}) and not getattr(
        user, "is_guest_user", False
    )


def _is_declared(question: Any) -> bool:
    """Whether every query asks for saved metrics and columns of a physical table by name."""
    source = question.datasource
    if getattr(source, "sql", None):
        return False
    columns = {column.column_name for column in source.columns}
    metrics = {metric.metric_name for metric in source.metrics}
    return all(_is_plain(query, columns, metrics) for query in question.queries)


def _is_plain(query: Any, columns: set[str], metrics: set[str]) -> bool:
    extras = query.extras or {}
    named = [*query.columns, *(query.series_columns or ())]
    # A filter of the page may name a column that this table lacks: Superset leaves that filter out.
    filtered = [each.get("col") for each in query.filter or ()]
    ordered = [each[0] for each in query.orderby or ()]
    return (
        all(_name(each) in columns for each in named)
        and all(isinstance(each, str) for each in filtered)
        and all(isinstance(each, str) and each in metrics for each in query.metrics or ())
        and all(_name(each) in columns | metrics for each in ordered)
        and not any(extras.get(part) for part in ("where", "having"))
        and _limited_by(query.series_limit_metric, metrics)
    )


def _limited_by(metric: Any, metrics: Iterable[str]) -> bool:
    return metric is None or metric in metrics


def _name(column: Any) -> str | None:
    """The name by which a column is asked for; the axis of a chart is one in a wrapping. None: it is more than a name."""
    if isinstance(column, str):
        return column
    if isinstance(column, dict) and column.get("columnType") == "BASE_AXIS":
        return str(column.get("sqlExpression"))
    return None
