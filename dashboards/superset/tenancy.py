"""Which rows a reader's connection can reach, whatever is asked over it. Runs inside of Superset.

A request reads one publication from its first look to its end: connections and cached results agree on it. So do the
requests of a page: what its charts show, is of the publication that was shown when the page was opened.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request, session
from sqlalchemy.engine.url import URL

from dashboards.superset.tenant_files import TENANT, VISITOR, tenant_file

COMMISSION = frozenset({"Admin", "analyst", "supervisor", "planner"})  # Roles that see all rows.
PUBLIC = frozenset({"public"})  # The roles of who was let in by a provider of logins, and was given none here.
OPENING = ("Superset.dashboard", "DashboardRestApi.get")
PAGE = "lakehouse_page"  # In the session, which is signed.
READ_ONLY: Mapping[str, Any] = {
    "read_only": True,
    # A query may open no other file, and may not take this back.
    "config": {"enable_external_access": "false", "lock_configuration": "true"},
}


class NoTenant(PermissionError):
    """The reader belongs to nobody whose rows could be shown."""

    status = 403


class NothingPublished(LookupError):
    """No night has been published yet."""

    status = 404  # A page asks again and again after a 503.


def publication() -> Path:
    """Folder of the publication that this request reads: that of the reader's page, or else the one that is shown."""
    if "lakehouse_publication" not in g:
        g.lakehouse_publication = _of_page(_shown())
    folder: Path = g.lakehouse_publication
    return folder


def keep_page(app: Flask) -> None:
    """Remember, when a reader opens a page, which publication is shown. There is no page before the first one."""

    def remember() -> None:
        if request.endpoint in OPENING:
            session[PAGE] = _shown().name

    app.before_request(remember)


def _shown() -> Path:
    try:
        return Path(os.environ["LAKEHOUSE_SERVED"]).resolve(strict=True)
    except FileNotFoundError:
        raise NothingPublished(
            "尚无发布，首次发布后即可查看。 Nothing is published yet; come again after the first night."
        ) from None


def _of_page(shown: Path) -> Path:
    """The publication of the page that the reader has opened. It is the one that is shown without a page, or when the
    page's is not one of the last two: what is served beside them may be removed while a question is asked."""
    name = session.get(PAGE) if has_request_context() else None
    if name in (None, shown.name):
        return shown
    folders = {path.parent.resolve() for path in shown.parent.glob("[!.]*/marts.duckdb")} - {shown}
    older = [path for path in folders if _changed(path) <= _changed(shown)]  # What is newer will be shown in a moment.
    before = max(older, key=_changed, default=None)
    return before if before and before.name == name else shown


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # Removed since it was listed.
        return 0


def reader() -> str:
    """Whose rows the request may read: `commission`, `institution-<code>`, `region-<code>` or `everybody`. Raises NoTenant.

    Who has not logged in, or has no role of ours, is the public. A guest is who its signed token says. A user is what the
    roles say; more than one tenant is a mistake, not a union."""
    user: Any = getattr(g, "user", None)
    if user is None or (user.is_anonymous and not getattr(user, "is_guest_user", False)):
        return VISITOR
    if getattr(user, "is_guest_user", False):
        names = {user.username}
    else:
        names = {role.name for role in getattr(user, "roles", ())}
        if names & COMMISSION:
            return "commission"
        if names == PUBLIC:
            return VISITOR
    tenants = {name for name in names if TENANT.fullmatch(name)}
    if len(tenants) != 1:
        raise NoTenant("未绑定医疗机构或地区。 You belong to no institution or region whose figures could be shown.")
    return tenants.pop()


def own_file(
    url: URL, options: dict[str, Any], _user: str | None, _security: Any, _source: Any
) -> tuple[URL, dict[str, Any]]:
    """DB_CONNECTION_MUTATOR: a DuckDB connection opens the reader's own file, read only, whatever file was asked for.

    Other engines hold their own rights: they are asked in the reader's name."""
    who = reader()
    if url.drivername.partition("+")[0] != "duckdb":
        return url, options
    whole = publication() / "marts.duckdb"
    path = whole if who == "commission" else tenant_file(whole, who, Path(os.environ["SUPERSET_HOME"]) / "tenants")
    options["connect_args"] = {**READ_ONLY}
    return url.set(database=str(path), query={}), options
