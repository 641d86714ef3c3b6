"""`lakehouse hold`: what the gates hold, and a person's decision on each."""

from __future__ import annotations

import click
from rich.text import Text

from jobs import ledger
from jobs.commands.shown import console, indented, show_json
from jobs.ledger import Verdict
from jobs.status import held_object
from jobs.who import operator
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment

_DECIDED = {
    "release": "已放行，下一次运行时并入。 Released: the next night merges it.",
    "reject": "已驳回，全部行转入隔离。 Rejected: its rows are quarantined.",
}


@click.group()
def hold() -> None:
    """Deliveries that a gate holds wait, as a whole, for a person: list, release or reject them."""


@hold.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_held(as_json: bool) -> None:
    """List what is held: point, business date, sequence, the measures that hold it, and what to do."""
    held = ledger.held(from_environment())
    if as_json:
        show_json([held_object(verdict) for verdict in held])
        return
    out = console()
    out.print(Text(f"暂缓批次 Held deliveries: {len(held)}", style="bold"))
    for verdict in held:
        show(verdict)


@hold.command()
@click.argument("point")
@click.argument("sequence", type=int)
@click.option("--reason", required=True, help="Why it may go on; kept with the decision.")
def release(point: str, sequence: int, reason: str) -> None:
    """Let a held delivery go on: the next night merges it."""
    _decide(point, sequence, "release", reason)


@hold.command()
@click.argument("point")
@click.argument("sequence", type=int)
@click.option("--reason", required=True, help="Why it may not; kept with the decision.")
def reject(point: str, sequence: int, reason: str) -> None:
    """Turn a held delivery away for good: its rows are quarantined. The point may send a better one, as its next."""
    _decide(point, sequence, "reject", reason)


def show(verdict: Verdict) -> None:
    """Print one held delivery: what it is, each reason with what to do, and the command that decides."""
    out = console()
    out.print()
    out.print(Text(f"{verdict.point}  {verdict.business_date}  序号 sequence {verdict.sequence}", style="bold yellow"))
    for reason in held_object(verdict)["reasons"]:
        out.print(indented(Text(f"{reason['table']} · {reason['measure']}")))
        for line in (reason["says_zh"], reason["says"], f"→ {reason['do_zh']}", f"→ {reason['do']}"):
            out.print(indented(Text(line), 4))
    command = f'lakehouse hold release|reject {verdict.point} {verdict.sequence} --reason "…"'
    out.print(indented(Text(command)))


def _decide(point: str, sequence: int, decision: str, reason: str) -> None:
    settings = from_environment()
    ledger.decide(settings, _find(settings, point, sequence), decision, reason, operator())
    click.echo(f"{point} {sequence}: {_DECIDED[decision]}")


def _find(settings: Settings, point: str, sequence: int) -> str:
    """Name of the delivery that a person means: a held one, or one decided on before, so that the answer says so."""
    known = [
        verdict
        for verdict in ledger.standing_verdicts(settings).values()
        if (verdict.point, verdict.sequence, verdict.verdict) == (point, sequence, "hold")
    ]
    if not known:
        raise LakehouseError(
            "HOLD-004",
            "This delivery is not held.",
            where=f"point {point}, sequence {sequence}",
            do="See `lakehouse hold list` for those that are.",
        )
    undecided = {verdict.id for verdict in ledger.held(settings)}
    return min((verdict.id for verdict in known), key=lambda name: (name not in undecided, name))
