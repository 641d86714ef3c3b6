"""`lakehouse status`: the morning's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from rich.text import Text

from jobs.commands.shown import FATES_ZH, console, indented, number, pairs, show_json
from jobs.status import status as find_status
from lakehouse.settings import from_environment

_SHOWN = 8  # Points listed in a section before the rest is only counted.
_STATUSES_ZH = {"landed": "落地", "refused": "拒收", "repeated": "重复"}
_VERDICTS_ZH = {"pass": "通过", "warn": "提示", "hold": "暂缓"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def status(as_json: bool) -> None:
    """Show what happened last night, who is missing, what is held or waits, what is published, and what to do."""
    found = find_status(from_environment())
    if as_json:
        show_json(found)
        return
    if found["night"] is None:
        console().print(Text("尚未运行过。 No night has run yet: run `lakehouse night --date DATE`."))
        return
    _night(found)
    for section in (_unbalanced, _refused, _held, _missing, _waiting, _quarantined, _published):
        section(found)


def _night(found: dict[str, Any]) -> None:
    night = found["night"]
    state = "已完成 done" if night["done"] else "未完成 NOT FINISHED"
    _head(f"上一业务日 Last night: {night['date']}", state)
    taken = night["deliveries"]
    rows = [f"{FATES_ZH[fate]} {fate} {number(rows)}" for fate, rows in night["rows"].items() if rows]
    deliveries = [f"{zh} {name} {taken[name]}" for name, zh in _STATUSES_ZH.items()]
    verdicts = [f"{zh} {name} {night['verdicts'][name]}" for name, zh in _VERDICTS_ZH.items()]
    _pairs([("批次 Deliveries", deliveries), ("行数 Rows", rows), ("门控 Gates", verdicts)])
    if not night["done"]:
        _do("再次运行同一业务日即可续做。 Run the same night again: it takes up where it was stopped.")


def _unbalanced(found: dict[str, Any]) -> None:
    if found["unbalanced"]:
        _head(f"账目不平 Accounts out of balance: {found['unbalanced']}")
        _do("系统有误，请勿发布。 The lake contradicts itself: do not publish; see `lakehouse ledger --json`.")


def _refused(found: dict[str, Any]) -> None:
    if found["refused"]:
        _head(f"拒收 Refused deliveries: {len(found['refused'])}")
        _pairs((_name(one), _why(one["reasons"])) for one in found["refused"][:_SHOWN])
        _rest(found["refused"])
        _do("请交换点按原因修正后重新报送。 Have the point mend it and offer it again.")


def _held(found: dict[str, Any]) -> None:
    if found["held"]:
        _head(f"暂缓 Held deliveries: {len(found['held'])}")
        _pairs((_name(one), _why(one["reasons"])) for one in found["held"][:_SHOWN])
        _rest(found["held"])
        _do("逐项决定。 Decide on each: `lakehouse hold list`.")
    if found["released"]:
        _head(f"已放行未并入 Released, not merged yet: {len(found['released'])}")
        _do("下一次运行时并入。 The next `lakehouse night` merges them.")


def _missing(found: dict[str, Any]) -> None:
    missing = found["missing"]
    if not missing:
        _head(f"缺报 Missing points: 0 of {found['points']}")
        return
    _head(f"缺报 Missing points: {len(missing)} of {found['points']}")
    _pairs(
        (
            f"{one['point']} {one['name']}",
            [
                f"{one['silent_days']} 天 days",
                f"最近 last {one['latest'] or '从未 never'}",
                *filter(None, [one["why"]]),
            ],
        )
        for one in missing[:_SHOWN]
    )
    _rest(missing)
    _do("联系交换点，补报后再运行该业务日。 Ask the point; when it has delivered, run the night again.")


def _waiting(found: dict[str, Any]) -> None:
    if found["waiting"]:
        _head("等待父记录 Rows waiting for their parents")
        _pairs((one["table"], [f"{one['rows']:,} 行 rows", f"最早 oldest {one['oldest']}"]) for one in found["waiting"])
        days = found["waiting_days"]
        _do(f"无需处理：每夜重判，{days} 天后隔离。 Nothing: judged again every night, quarantined after {days} days.")


def _quarantined(found: dict[str, Any]) -> None:
    if found["quarantined"]:
        _head("隔离最多 Quarantined most, last night")
        _pairs((one["reason"], _how_much(one)) for one in found["quarantined"])
        _do("查看原因并反馈交换点。 See `lakehouse quarantine` and tell the points.")


def _published(found: dict[str, Any]) -> None:
    shown = found["publication"]
    if shown is None:
        _head("尚无发布 Nothing is published")
        return
    _head(f"当前发布 Publication {shown['number']}", f"业务日期 night {shown['night']} · {shown['tables']} 张表 tables")
    if shown["number"] != shown["newest"]:
        _do(f"已回退，最新为 {shown['newest']}。 Rolled back; `lakehouse publication forward` shows the newest.")


def _how_much(one: dict[str, Any]) -> list[str]:
    place = ".".join(filter(None, (one["table"], one["column"])))
    sentence = " ".join(filter(None, (one["says_zh"], one["says"]))) or place
    return [f"{number(one['rows'])} 行 rows", f"{one['points']} 个交换点 points", sentence]


def _name(one: dict[str, Any]) -> str:
    return f"{one['point']} {one['business_date'] or '–'} #{one['sequence'] or '–'}"


def _why(reasons: list[dict[str, Any]]) -> list[str]:
    """The first reason in both languages, and how many more there are."""
    first, *others = reasons
    table = f"{first['table']}: " if first.get("table") else ""
    more = [f"另有 {len(others)} 项 and {len(others)} more"] if others else []
    where = [first["where"]] if first.get("where") else []
    return [f"{table}{first['says_zh']}\n{first['says']}", *where, *more]


def _head(text: str, more: str = "") -> None:
    line = Text(text, style="bold")
    if more:
        line.append(f"  {more}", style="not bold")
    console().print()
    console().print(line)


def _pairs(rows: Iterable[tuple[str, list[str]]]) -> None:
    pairs(rows, console())


def _rest(every: list[Any]) -> None:
    if len(every) > _SHOWN:
        rest = len(every) - _SHOWN
        console().print(indented(Text(f"…另有 {rest} 个 and {rest} more: --json")))


def _do(text: str) -> None:
    console().print(indented(Text(f"→ {text}", style="cyan")))
