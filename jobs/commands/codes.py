"""`lakehouse codes`: code lists, and what points wrote that no list and no crosswalk knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from difflib import get_close_matches

import click
from rich.text import Text

from jobs import ledger
from jobs.commands.shown import both, console, number, plain_table, show_json
from jobs.unmapped import MASKED
from lakehouse.errors import LakehouseError
from lakehouse.settings import from_environment
from warehouse_models import codes as lists
from warehouse_models import dialect as dialects

_POINTS = 5  # Of those that wrote a code, as many are named.


@dataclass(frozen=True)
class Unmapped:
    """A code that nothing knows: in which dialect and list, who wrote it in which columns, and in how many rows.

    similar: the code of the list that looks most like it, empty when none does; a guess, never used.
    """

    dialect: str
    list: str
    written: str
    points: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int
    similar: str
    do: str


@click.group()
def codes() -> None:
    """Code lists, and values that no list or crosswalk knows."""


@codes.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_lists(as_json: bool) -> None:
    """List the code lists: name, title, how many codes, and where they come from."""
    known = [lists.load(name) for name in lists.names()]
    if as_json:
        show_json(
            [
                {
                    "list": each.name,
                    "title": each.title,
                    "title_zh": each.title_zh,
                    "codes": len(each.rows),
                    "source": each.source,
                }
                for each in known
            ]
        )
        return
    shown = plain_table()
    for head in (both("代码表", "List"), both("名称", "Title"), both("代码数", "Codes"), both("来源", "Source")):
        shown.add_column(Text(head))
    for each in known:
        shown.add_row(each.name, both(each.title_zh, each.title), number(len(each.rows)), each.source)
    console().print(shown)


@codes.command()
@click.argument("list_name", metavar="LIST")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only codes that are valid on that day.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def show(list_name: str, day: datetime | None, as_json: bool) -> None:
    """Show the codes of one list with their validity."""
    if list_name not in lists.names():
        raise LakehouseError("CODES-001", f"There is no code list {list_name}.", do="See `lakehouse codes list`.")
    known = lists.load(list_name)
    rows = known.valid_on(day.date()) if day else known.rows
    if as_json:
        show_json([_object(row) for row in rows])
        return
    shown = plain_table(f"{known.title_zh} {known.title}")
    for head in (both("代码", "Code"), both("含义", "Meaning"), both("有效期", "Valid")):
        shown.add_column(Text(head))
    for row in rows:
        until = f"– {row.valid_to}" if row.valid_to else "–"
        shown.add_row(row.code, f"{row.name_zh} {row.name}", f"{row.valid_from} {until}")
    console().print(shown)


@codes.command()
@click.option("--point", help="Only what this point wrote.")
@click.option("--list", "list_name", help="Only of this code list.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def unmapped(point: str | None, list_name: str | None, as_json: bool) -> None:
    """List what points wrote that no list and no crosswalk knows, most rows first, with what to do.

    What has become known since is left out. Exit codes: 0, also when there is something to map.
    """
    found = to_map(ledger.unmapped(from_environment()).to_pylist())
    found = [each for each in found if point in (None, *each.points) and list_name in (None, each.list)]
    if as_json:
        show_json([asdict(each) for each in found])
        return
    out = console()
    out.print(Text(f"待对照代码 Codes to map: {len(found)}", style="bold"))
    for each in found:
        _print(each)


def to_map(rows: Iterable[dict[str, object]]) -> list[Unmapped]:
    """The ledger's records of unknown codes as things to do: one for each dialect, list and code still unknown."""
    groups: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault((str(row["dialect"]), str(row["list"]), str(row["written"])), []).append(row)
    found = [_unmapped(*key, group) for key, group in groups.items() if key[2] not in lists.known_forms(key[0], key[1])]
    return sorted(found, key=lambda each: (-each.rows, each.dialect, each.list, each.written))


def _unmapped(dialect: str, list_name: str, written: str, group: list[dict[str, object]]) -> Unmapped:
    forms = sorted(lists.proper_forms(dialect, list_name)) if list_name in lists.names() else []
    similar = [] if written == MASKED else get_close_matches(written, forms, n=1, cutoff=0.75)
    return Unmapped(
        dialect=dialect,
        list=list_name,
        written=written,
        points=tuple(sorted({str(row["point_id"]) for row in group})),
        columns=tuple(sorted({f"{row['table']}.{row['column']}" for row in group})),
        rows=sum(int(str(row["rows"])) for row in group),
        similar=similar[0] if similar else "",
        do=_do(dialect, list_name, written),
    )


def _do(dialect: str, list_name: str, written: str) -> str:
    if written == MASKED:
        return f"Ask the points what they write there: it is not shaped like a code of {list_name}."
    if dialect in dialects.names() and list_name in dialects.load(dialect).codes:
        return f"Add a line to warehouse_models/codes/crosswalks/{dialect}/{list_name}.csv."
    return (
        f"Ask the points to write codes of {list_name}; a plain slip goes to warehouse_models/codes/misspellings.csv."
    )


def _object(row: lists.Code) -> dict[str, object]:
    until = row.valid_to.isoformat() if row.valid_to else None
    shown: dict[str, object] = {"code": row.code, "name": row.name, "name_zh": row.name_zh}
    return shown | {"valid_from": row.valid_from.isoformat(), "valid_to": until} | dict(row.extra)


def _print(each: Unmapped) -> None:
    more = len(each.points) - _POINTS
    points = ", ".join(each.points[:_POINTS]) + (f" +{more}" if more > 0 else "")
    similar = f"  ≈ {each.similar}?" if each.similar else ""
    out = console()
    out.print()
    out.print(Text(f"{each.dialect}  {each.list}  {each.written}{similar}", style="bold yellow"))
    out.print(Text(f"  {number(each.rows)} 行 rows · {', '.join(each.columns)} · {points}"))
    out.print(Text(f"  → {each.do}"))
