"""The volume of Yushu: one full delivery a point over 24 months, with exact totals over the province."""

from __future__ import annotations

from pathlib import Path

from jobs.province.deliver import Told
from jobs.province.plan import Plan, Point


def deliver_whole(plan: Plan, point: Point, out: Path) -> Told:
    raise NotImplementedError
