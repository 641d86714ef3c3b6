"""`lakehouse quarantine`: why rows were set aside, which ones, and the way back in after a fix."""

from __future__ import annotations

import click
from rich.text import Text

from jobs import quarantine as rows
from jobs.commands.shown import console, number, show_json
from jobs.lock import lock
from lakehouse.settings import from_environment


@click.group()
def quarantine() -> None:
    """Rows that were set aside: list reasons, show rows, replay a delivery after a fix."""


@quarantine.command("list")
@click.option("--point", metavar="ID", help="Only this point.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_reasons(point: str | None, as_json: bool) -> None:
    """List why rows were set aside, most first, and what the hospitals do about it."""
    found = rows.by_reason(from_environment(), point)
    if as_json:
        show_json(found)
        return
    out = console()
    out.print(Text(f"隔离原因 Reasons for quarantine: {len(found)}", style="bold"))
    for row in found:
        out.print(Text(f"{row['table']}  {row['reason']}", style="bold yellow"))
        out.print(Text(f"  {number(row['rows'])} 行 rows · {row['points']} 前置点 points"))
        out.print(Text(f"  {row['says_zh']}  {row['says']}"))
        out.print(Text(f"  → {row['do_zh']}  {row['do']}"))


@quarantine.command("rows")
@click.argument("point")
@click.argument("sequence", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def show_rows(point: str, sequence: int, as_json: bool) -> None:
    """Show which rows of a delivery were set aside: table, row number over the table's files, reasons; never a value."""
    found = rows.rows_of(from_environment(), point, sequence)
    if as_json:
        show_json(found)
        return
    for row in found:
        click.echo(f"{row['table']}  行 row {row['row']}  {', '.join(row['reasons'])}")
    click.echo(f"{len(found)} 行 rows")


@quarantine.command()
@click.argument("point")
@click.argument("sequence", type=int)
def replay(point: str, sequence: int) -> None:
    """Open the sealed original of a delivery and land it again, after a crosswalk, a dialect or a check was mended.

    The next night takes in what now passes; rows that passed before are left alone.
    """
    settings = from_environment()
    with lock(settings):
        landed = rows.replay(settings, point, sequence)
    click.echo(f"{landed.id}: 已重新落地，下一次运行时并入。 Landed again; the next night takes it in.")
