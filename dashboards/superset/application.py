"""What we change in Superset's application before it serves. Runs inside of Superset."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask_login import current_user
from markupsafe import escape

from dashboards.superset import exports, tenancy, translations


def change(app: Flask) -> None:
    """FLASK_APP_MUTATOR: inert exports, whole translations, pages that are of one publication, let visitors stay and say why
    there is nothing to see."""
    exports.change()
    translations.ship(app)
    tenancy.keep_page(app)
    app.before_request(_keep_no_colors)
    for why in (tenancy.NoTenant, tenancy.NothingPublished):
        app.register_error_handler(why, _said)


def _said(why: tenancy.NoTenant | tenancy.NothingPublished) -> Any:
    """The sentence, as a page where a page was asked for; otherwise as a chart shows it in place of its figures."""
    if request.endpoint == "Superset.dashboard":
        return f'<!doctype html><meta charset="utf-8"><title>湖仓</title><p>{escape(str(why))}</p>', why.status
    error = {"message": str(why), "error_type": "NOTHING_TO_SEE", "level": "warning", "extra": {}}
    return jsonify({"errors": [error]}), why.status


def _keep_no_colors() -> Any:
    """A page sends the colors of its charts when it is left. From a visitor they are taken for nothing: the refusal that
    Superset has for others leads a visitor to logging in."""
    if request.endpoint == "DashboardRestApi.put_colors" and current_user.is_anonymous:
        return jsonify({"result": {}})
    return None
