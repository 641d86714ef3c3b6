"""`lakehouse ledger` and `lakehouse digest`: what became of every row and fen, and what is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from jobs import ledger as ledgers
from jobs import publication
from jobs.commands.shown import FATES_ZH, both, console, flowing, indented, number, plain_table, show_json
from jobs.ledger import FATES
from lakehouse.settings import from_environment

_DIGITS = 16  # Of a digest, for people; the JSON form has all.
_ALWAYS = ("declared", "landed", "accepted")
Account = Mapping[str, Any]
Lines = Mapping[tuple[str, ...], list[dict[str, Any]]]


@click.command()
@click.option("--point", help="Only this point: one line per delivery and table.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only this business date: one line per point.")
@click.option("--table", help="Only this table of the exchange standard: one line per business date.")
@click.option("--json", "as_json", is_flag=True, help="Print every account as an object.")
def ledger(point: str | None, day: datetime | None, table: str | None, as_json: bool) -> None:
    """Show accounts: rows declared = refused + landed, landed = the sum of the fates after it; the same in fen.

    Without an option one line per table. Exit codes: 0 when every account shown balances, 3 when one does not.
    """
    found = ledgers.ledger_json(from_environment(), point, day and day.date(), table)
    if as_json:
        show_json(found)
    else:
        heads, group = _grouping(point, day and day.date(), table)
        _show(found, heads, group)
    if not all(account["balanced"] for account in found):
        raise SystemExit(3)


def _grouping(
    point: str | None, day: date | None, table: str | None
) -> tuple[list[str], Callable[[Account], tuple[str, ...]]]:
    """What a line stands for: headings, and how an account tells its line."""
    if point:
        heads = [both("业务日期", "Date"), both("序号", "Seq."), both("类型", "Kind"), both("表", "Table")]
        return heads, lambda row: tuple(
            str(row[name] or "–") for name in ("business_date", "sequence", "kind", "table")
        )
    if day:
        return [both("交换点", "Point")], lambda row: (row["point"],)
    if table:
        return [both("业务日期", "Date")], lambda row: (str(row["business_date"] or "–"),)
    return [both("表", "Table")], lambda row: (str(row["table"] or "–"),)


def _show(accounts: list[dict[str, Any]], heads: list[str], group: Callable[[Account], tuple[str, ...]]) -> None:
    """Print lines as a table, or as blocks where a table would not fit: no number is ever cut off."""
    out = console()
    if not accounts:
        out.print(Text("没有账目。 There are no accounts here."))
        return
    lines: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for account in accounts:
        lines.setdefault(group(account), []).append(account)
    lines[("合计 All", *[""] * (len(heads) - 1))] = accounts
    fates = [fate for fate in FATES if fate in _ALWAYS or any(account[fate]["rows"] for account in accounts)]
    table = _table(lines, fates, heads)
    if out.measure(table, options=out.options.update(width=1000)).maximum <= out.width:
        out.print(table)
    else:
        out.print(Text("账目：行数与金额 Accounts: rows and yuan", style="bold"))
        for label, parts in _blocks(lines):
            out.print(Text(label))
            out.print(indented(flowing(parts, out.width - 2)))


def _table(lines: Lines, fates: list[str], heads: list[str]) -> Table:
    table = plain_table("账目：行数与金额 Accounts: rows and yuan")
    for head in heads:
        table.add_column(head, no_wrap=True)
    for fate in fates:
        table.add_column(both(FATES_ZH[fate], fate.capitalize()), justify="right", no_wrap=True)
    table.add_column(both("落地元", "Yuan"), justify="right", no_wrap=True)
    table.add_column(both("平", "="), no_wrap=True)
    for label, members in lines.items():
        if members is list(lines.values())[-1]:
            table.add_section()
        sums = _sums(members)
        table.add_row(*label, *(number(sums[fate]) for fate in fates), _yuan(sums["fen"]), _mark(members))
    return table


def _blocks(lines: Lines) -> Iterator[tuple[str, list[str]]]:
    for label, members in lines.items():
        sums = _sums(members)
        fates = [f"{FATES_ZH[fate]} {fate} {number(sums[fate])}" for fate in FATES if sums[fate]]
        yuan = [f"落地 {_yuan(sums['fen'])} 元 yuan"] if sums["fen"] else []
        yield " ".join(filter(None, label)), [*(fates or ["0"]), *yuan, _mark(members)]


def _sums(accounts: Iterable[Account]) -> dict[str, int]:
    sums = dict.fromkeys((*FATES, "fen"), 0)
    for account in accounts:
        for fate in FATES:
            sums[fate] += account[fate]["rows"]
        sums["fen"] += account["landed"]["fen"]
    return sums


def _yuan(fen: int) -> str:
    """Whole yuan of a sum in fen; the fen themselves are in the JSON form."""
    return number(round(fen / 100))


def _mark(accounts: Iterable[Account]) -> str:
    wrong = sum(not account["balanced"] for account in accounts)
    return f"✗ {wrong}" if wrong else "✓"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one object: table → rows and digest.")
def digest(as_json: bool) -> None:
    """Show rows and digest of every published table. Equal content gives an equal digest, in whatever order it came."""
    found = publication.published_digests(from_environment())
    if as_json:
        show_json(found)
        return
    table = plain_table("已发布的表 Published tables")
    table.add_column(both("表", "Table"), no_wrap=True)
    table.add_column(both("行数", "Rows"), justify="right", no_wrap=True)
    table.add_column(both("摘要", "Digest"), no_wrap=True)
    for name, pin in found.items():
        table.add_row(name, number(pin["rows"]), pin["digest"][:_DIGITS])
    console().print(table)
