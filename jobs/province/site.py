"""The site of a generated province: what a deployment declares about its points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from jobs.province.plan import Plan, Point, points_of


def write_site(plan: Plan, folder: Path) -> None:
    """Write `points/<id>.yaml` for every point, and `settings.yaml`."""
    (folder / "points").mkdir(parents=True)
    for point in points_of(plan.points):
        _write(folder / "points" / f"{point.id}.yaml", declaration(plan, point))
    _write(folder / "settings.yaml", {"name": "示范省 (synthetic)", "waiting_days": 30})


def declaration(plan: Plan, point: Point) -> dict[str, Any]:
    """What a deployment declares about a point."""
    return {
        "id": point.id,
        "name": point.name,
        "class": point.kind,
        "institution": point.institution,
        "region": point.region,
        "dialect": point.dialect,
        "transport": {"kind": "directory", "path": f"../offers/{point.id}"},
        "timetable": point.timetable,
        "connected_from": plan.dates[0] if plan.volume == "small" else plan.ending,
    }


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
