"""Bring the declared assets to a Superset, and take away what is no longer declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.access import give
from dashboards.bundle import packed
from dashboards.client import Superset

# In this order: what shows others goes first.
KINDS = {"dashboard": "dashboards/", "chart": "charts/", "dataset": "datasets/", "database": "databases/"}


def apply(superset: Superset, assets: Mapping[str, Any]) -> None:
    """Import all assets, then the roles and who may open which page. Twice is the same as once."""
    superset.take(packed(assets))
    give(superset)


def prune(superset: Superset, assets: Mapping[str, Any]) -> list[str]:
    """Remove assets that an earlier bundle brought and this one lacks; what they were. Assets that people made stay."""
    removed = []
    for kind, folder in KINDS.items():
        declared = {content["uuid"] for path, content in assets.items() if path.startswith(folder)}
        for each in superset.listed(kind, ("uuid",)):
            if (
                str(each["uuid"]) not in declared
                and superset.ask("GET", f"/{kind}/{each['id']}")["result"]["is_managed_externally"]
            ):
                superset.remove(kind, int(each["id"]))
                removed.append(f"{kind} {each['uuid']}")
    return removed
