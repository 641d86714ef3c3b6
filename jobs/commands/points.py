"""`lakehouse points`: whether a point can be read, a new point, and who delivers."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import click
from rich.text import Text

from jobs import points as jobs_points
from jobs.commands.shown import both, console, indented, number, pairs, plain_table, show_json
from jobs.landing.refusals import shown
from jobs.lock import BEIJING
from jobs.new_point import add_point, missing
from jobs.points import Absent, Check, Coverage, Seen
from jobs.site import load_points, select_points
from jobs.transports.connections import from_environment as connections
from jobs.transports.faults import FAULTS
from lakehouse.errors import LakehouseError
from lakehouse.settings import from_environment

CLASSES_ZH = {"internet_hospital": "互联网医院", "hospital": "医院", "township_centre": "乡镇卫生院"}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print objects.")


@click.group()
def points() -> None:
    """Points are the exchange points of hospitals: check one, add one, see who delivers."""


@points.command()
@click.argument("point_id", metavar="ID")
@AS_JSON
def check(point_id: str, as_json: bool) -> None:
    """Connect to a point, list what it offers, and say what is wrong. Nothing is taken.

    Exit code 1 when the point cannot be read, or when something new in its outbox would be refused.
    """
    settings = from_environment()
    (point,) = select_points(load_points(settings), [point_id])
    tonight = datetime.now(BEIJING).date() - timedelta(days=1)
    found = jobs_points.check(settings, point, connections(settings), tonight)
    if as_json:
        deliveries = [each.as_object() for each in found.seen]
        show_json({"point": point.id, "code": found.code, "fault": found.fault, "deliveries": deliveries})
    else:
        _show_check(found)
    sys.exit(0 if found.is_well else 1)


def _show_check(found: Check) -> None:
    out = console()
    kind = found.point.transport.kind
    out.print(Text(f"{found.point.id}  {found.point.name}  ·  {kind}  ·  {found.point.dialect}", style="bold"))
    if found.fault:
        if found.code in FAULTS:
            out.print(indented(Text(f"无法读取：{FAULTS[found.code].says_zh}", style="red")))
        out.print(indented(Text(found.fault, style="red")))
        return
    out.print(indented(Text(f"已连通。 Connected. 批次 deliveries: {len(found.seen)}", style="green")))
    new = [each for each in found.seen if not each.taken]
    if found.seen:
        out.print(indented(Text(f"已取 taken before: {len(found.seen) - len(new)} · 待取 new: {len(new)}")))
    for each in new:
        _show_delivery(each)


def _show_delivery(each: Seen) -> None:
    out, one = console(), each.as_object()
    what = (
        f"{one['business_date']} #{one['sequence']} {one['kind']}"
        if one["business_date"]
        else "清单无法读取 unreadable"
    )
    size = f"{number(one['files'])} 文件 files · {number(one['rows'])} 行 rows"
    out.print(indented(Text(f"{shown(each.offer.name)}  {what}  {size}")))
    for reason in each.reasons:
        where = f" ({reason.where})" if reason.where else ""
        out.print(indented(Text(f"{reason.code}: {reason.says_zh} {reason.says}{where}", style="red"), 4))
        out.print(indented(Text(f"→ {reason.do_zh} {reason.do}"), 4))


@points.command()
@click.option("--id", "id", prompt="编号 Id", help="Name of the point and of its file.")
@click.option("--name", prompt="名称 Name", help="Name of the hospital.")
@click.option(
    "--class",
    "kind",
    prompt="类别 Class",
    type=click.Choice(sorted(CLASSES_ZH)),
    help="What kind of institution it is.",
)
@click.option("--institution", prompt="机构代码 Institution code, 22 characters", help="After WS 218.")
@click.option("--region", prompt="行政区划 Region, 6 digits", help="After GB/T 2260.")
@click.option("--dialect", prompt="方言 Dialect", help="How its vendor writes: `standard-1` or another.")
@click.option("--transport", prompt="传输方式 Transport (directory, sftp, …)", help="Kind of the transport.")
@click.option("--set", "stated", multiple=True, metavar="NAME=VALUE", help="A setting of the transport (repeatable).")
@click.option("--timetable", prompt="报送时间 Time of offering, HH:MM", default="01:00", help="Beijing time.")
@click.option("--connected-from", prompt="首个业务日 First business date", help="YYYY-MM-DD.")
def add(stated: tuple[str, ...], transport: str, **answers: str) -> None:
    """Ask what a new point is, and write its file into the site. An existing point is never changed.

    Settings of the transport are asked for, too, unless `--set` gives them. Secrets are none of them: they belong into
    the connection that the transport names.
    """
    given = dict(_pair(text) for text in stated)
    given |= {name: click.prompt(f"{transport}: {name}") for name in missing(transport, given)}
    answers["class"] = answers.pop("kind")
    file = add_point(from_environment(), answers, {"kind": transport, **given})
    click.echo(f"已写入 Written: {file}\n下一步 Next: lakehouse points check {answers['id']}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise LakehouseError("SITE-007", "A setting of the transport has no value.", where=text, do="Write NAME=VALUE.")
    return name, value


@points.command()
@click.option("--date", "day", metavar="DATE", help="Business date; by default that of the last night.")
@AS_JSON
def coverage(day: str | None, as_json: bool) -> None:
    """Count points by region and class: declared, expected, connected, late, silent; and name the absent ones."""
    settings = from_environment()
    asked = _date(day) if day else jobs_points.last_night(settings)
    if asked is None:
        raise LakehouseError("NIGHT-006", "No night has run yet.", do="Run `lakehouse night`, or give --date.")
    counts, absent = jobs_points.coverage(settings, asked)
    if as_json:
        rows = [asdict(each) for each in counts]
        show_json({"date": asked.isoformat(), "coverage": rows, "absent": [each.as_object() for each in absent]})
        return
    _show_coverage(asked, counts, absent)


def _show_coverage(day: date, counts: list[Coverage], absent: list[Absent]) -> None:
    table = plain_table(f"接入情况 Coverage, {day}")
    heads = (("地区", "Region"), ("类别", "Class"), ("登记", "Declared"), ("应报", "Expected"), ("已接", "Connected"))
    for chinese, english in (*heads, ("迟报", "Late"), ("失联", "Silent")):
        table.add_column(both(chinese, english), justify="left" if english in ("Region", "Class") else "right")
    for each in counts:
        figures = (each.declared, each.expected, each.connected, each.late, each.silent)
        table.add_row(each.region, CLASSES_ZH[each.kind], *map(number, figures))
    totals = [
        sum(getattr(each, name) for each in counts) for name in ("declared", "expected", "connected", "late", "silent")
    ]
    table.add_section()
    table.add_row("合计 all", "", *map(number, totals))
    out = console()
    out.print(table)
    pairs(((f"{each.point.id} {each.point.name}", _why(each)) for each in absent), out)


def _why(each: Absent) -> list[str]:
    told: list[Any] = [f"{jobs_points.STATES[each.state][0]} {each.state}", f"最近 last {each.latest or '从未 never'}"]
    return [*told, each.look.why] if each.look and each.look.why else told


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LakehouseError("NIGHT-002", "Say which night.", do="Give --date YYYY-MM-DD.") from None
