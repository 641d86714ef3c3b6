"""`make night`: a demonstration province of 93 points, eight nights of it taken, the last one shown as it goes."""

from __future__ import annotations

import os
from datetime import date

from jobs.commands.province import progress, usable_cores
from jobs.night import run_night
from jobs.province.generate import generate
from jobs.province.plan import Plan
from lakehouse import keys
from lakehouse.console import Reporter, as_program
from lakehouse.settings import from_environment

PLAN = Plan(seed=1, points=93, nights=8, ending=date(2026, 6, 30))
NEXT = """
看到了什么 What to look at now:
  .venv/bin/lakehouse status             昨夜概况 what happened last night
  .venv/bin/lakehouse ledger             交付账目 every delivery's account
  .venv/bin/lakehouse quarantine list    隔离原因 why rows were set aside
  .venv/bin/lakehouse hold list          待决交付 deliveries that wait for a decision
  .venv/bin/lakehouse publication list   发布版本 publications
  marts for dashboards: {serving}
"""


def main() -> None:
    """Generate the province unless it is there, then take seven nights in one run and the last one by itself."""
    settings, report = from_environment(), Reporter()
    with progress(PLAN.points) as advance:
        is_new = generate(PLAN, settings.site.parent, usable_cores(), advance)
    report.line(
        "示范省已生成 Demonstration province generated" if is_new else "示范省已在 Demonstration province is there"
    )
    keys.init(settings)
    *earlier, last = PLAN.dates
    run_night(settings, earlier[0], earlier[-1], report=report)
    run_night(settings, last, last, report=report)
    print(NEXT.format(serving=os.path.relpath(settings.serving)))


if __name__ == "__main__":
    as_program(main)
