"""What we change in Superset's application before it serves. Runs inside of Superset."""

from __future__ import annotations

from flask import Flask

from dashboards.superset import exports, tenancy, translations


def change(app: Flask) -> None:
    """FLASK_APP_MUTATOR: inert exports, whole translations, and pages that are of one publication."""
    exports.change()
    translations.ship(app)
    tenancy.keep_page(app)
