"""`make superset`: the last publication in a Superset on this machine, with a reader of each role.

It runs until it is told to end, and leaves no process.
"""

from __future__ import annotations

import signal
from pathlib import Path

import duckdb

from dashboards.access import access, make_reader
from dashboards.apply import apply, prune
from dashboards.bundle import render
from dashboards.client import Superset
from dashboards.local import ADMINISTRATOR, LocalSuperset, password, superset
from lakehouse.console import Reporter, as_program
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment

# The institution and the prefecture of which most is there to see.
LARGEST = """
    select arg_max(institution_code, income), arg_max(city_code, income) from (
        select institution_code, city_code, sum(income) as income from spending.income_composition
        where city_code is not null group by all
    )
"""


def tenants(serving: Path) -> dict[str, str | None]:
    """Whose rows a reader of each role shall see; the public logs in as nobody."""
    with duckdb.connect(str(serving), read_only=True) as connection:
        institution, region = connection.execute(LARGEST).fetchone() or (None, None)
    of = {"all": None, "institution": f"institution-{institution}", "region": f"region-{region}"}
    return {name: of[role.rows] for name, role in access().roles.items() if role.rows in of}


def make_readers(running: LocalSuperset, session: Superset, serving: Path) -> list[tuple[str, str]]:
    """Make a reader of each role, named as it; title and name of each."""
    whose = tenants(serving)
    for name, tenant in whose.items():
        make_reader(session, name, password(running.home, name), name, tenant)
    titles = {name: f"{role.title} {role.title_en}" for name, role in access().roles.items() if name in whose}
    return [(title, name) for name, title in {ADMINISTRATOR: "管理员 Administrator", **titles}.items()]


def main() -> None:
    """Start Superset, bring the pages to it, say where it is and who may look, and wait to be ended."""
    settings, report = from_environment(), Reporter()
    if not settings.serving.exists():
        raise LakehouseError("SUPERSET-004", "Nothing is published yet.", do="Run `make night` first.")
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        _show(settings, report)
    except KeyboardInterrupt:
        report.line("已停止 Stopped")


def _show(settings: Settings, report: Reporter) -> None:
    report.line("正在启动 Superset Starting Superset")
    with superset(settings.home / "superset", settings.serving.parent) as running:
        report.line("正在应用看板 Applying pages and charts")
        assets = render()
        with running.as_administrator() as session:
            apply(session, assets)
            prune(session, assets)
            readers = make_readers(running, session, settings.serving)
        print(f"\n  Superset  {running.address}\n")
        for title, name in readers:
            print(f"  {name:<16}{password(running.home, name):<24}{title}")
        print(f"\n  公众页面 page for the public: {running.address}/superset/dashboard/public/")
        print(f"  密码文件 password files: {running.home / 'passwords'}", flush=True)
        report.line("按 Ctrl-C 停止 Press Ctrl-C to stop")
        signal.pause()


if __name__ == "__main__":
    as_program(main)
