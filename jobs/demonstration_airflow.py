"""`make airflow`: the demonstration province behind real servers, and an Airflow that takes its last night.

Most points are reached over SFTP, one over HTTP, and one as a front-end database where PostgreSQL is installed. It runs until
it is told to end, and leaves no process.
"""

from __future__ import annotations

import secrets
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import yaml

from jobs import spark_keeper
from jobs.commands.province import progress, usable_cores
from jobs.demonstration import PLAN
from jobs.landing.pull import CUT_OFF
from jobs.local_airflow import USER, LocalAirflow, airflow
from jobs.lock import BEIJING
from jobs.province.exchange_points import http, postgres, sftp
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.front_end import BATCHES, front_end
from jobs.province.far_site import write_far_site
from jobs.province.generate import generate
from jobs.transports.connections import Connection
from lakehouse import keys
from lakehouse.console import Reporter, as_program
from lakehouse.errors import LakehouseError
from lakehouse.files import write_whole
from lakehouse.settings import Settings, from_environment

DAGS = ["nightly", "hold_release", "redeliver", "maintenance"]
SFTP, HTTP, DATABASE = "points", "point_http", "point_database"
OVER_HTTP, IN_A_DATABASE = "P002", "P003"


@contextmanager
def served(province: Path, site: Path, report: Reporter) -> Iterator[dict[str, Connection]]:
    """Serve the province's outboxes, write a site that reaches them, and give the connections by name."""
    offers = province / "offers"
    write_far_site(province, site, SFTP)
    with ExitStack() as stack:
        server = stack.enter_context(sftp.serving(sftp.Server(offers, secrets.token_urlsafe(16))))
        found = {SFTP: server.connection}
        found[HTTP] = stack.enter_context(http.exchange_point(OVER_HTTP, offers / OVER_HTTP, Authority()))
        _reach(site, OVER_HTTP, {"kind": "http", "connection": HTTP})
        try:
            found[DATABASE] = stack.enter_context(postgres.serving())
        except LakehouseError as error:
            report.line(f"前置库未演示 No front-end database: {error.what}")
        else:
            left_out = _load(found[DATABASE], site, offers / IN_A_DATABASE)
            report.line(
                f"前置库已装载 Front-end database loaded; {len(left_out)} 份不能入库 deliveries cannot be in one"
            )
        yield found


def _load(connection: Connection, site: Path, outbox: Path) -> list[str]:
    """Put a point's deliveries into a front-end database; names of those that one cannot hold."""
    point = yaml.safe_load((site / "points" / f"{outbox.name}.yaml").read_text(encoding="utf-8"))
    name = outbox.name.lower()
    reached = {"kind": "database", "connection": DATABASE, "schema": name, "batches": BATCHES}
    _reach(site, outbox.name, reached)
    return front_end(connection, name, point["dialect"]).load(outbox)


def _reach(site: Path, point: str, transport: Mapping[str, str]) -> None:
    file = site / "points" / f"{point}.yaml"
    stated = {**yaml.safe_load(file.read_text(encoding="utf-8")), "transport": dict(transport)}
    write_whole(file, yaml.safe_dump(stated, allow_unicode=True, sort_keys=False).encode())


def take(running: LocalAirflow, night: date, report: Reporter) -> str:
    """Run a night and say how it goes; the state in which it ended. The clock's own runs come after it."""
    run = running.run("nightly", {"night": night.isoformat()}, datetime.combine(night, CUT_OFF, BEIJING))
    running.unpause(DAGS)
    told: Counter[str] = Counter()
    while (state := running.state("nightly", run)) not in ("success", "failed"):
        now = Counter(each["state"] or "waiting" for each in running.tasks("nightly", run))
        if now != told:
            report.line(f"nightly {night}: " + ", ".join(f"{count} {name}" for name, count in sorted(now.items())))
        told = now
        time.sleep(5)
    return state


def main() -> None:
    """Generate the province unless it is there, serve it, start Airflow, run the last night, and wait to be ended."""
    base, report = from_environment(), Reporter()
    place = base.home / "airflow"
    settings = replace(base, home=place / "lake", site=place / "site")
    with progress(PLAN.points) as advance:
        generate(PLAN, base.home / "province", usable_cores(), advance)
    keys.init(settings)
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        with served(base.home / "province", settings.site, report) as connections:
            _fly(place, settings, connections, report)
    except KeyboardInterrupt:
        report.line("已停止 Stopped")
    finally:
        spark_keeper.stop(settings)


def _fly(place: Path, settings: Settings, connections: Mapping[str, Connection], report: Reporter) -> None:
    report.line("正在启动 Airflow Starting Airflow")
    with airflow(place / "home", settings, connections) as running:
        running.ready(DAGS)
        print(f"\n  Airflow  {running.address}\n  登录 login  {USER} / {running.password}\n", flush=True)
        state = take(running, PLAN.dates[-1], report)
        report.line(f"nightly: {state}. 按 Ctrl-C 停止 Press Ctrl-C to stop")
        signal.pause()


if __name__ == "__main__":
    as_program(main)
