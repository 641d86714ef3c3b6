"""`lakehouse publication`: publishing, which publication readers see, and moving to another."""

from __future__ import annotations

from typing import Any

import click
from rich.text import Text

from jobs import publication as publications
from jobs.commands.shown import both, console, number, plain_table, show_json
from jobs.lock import lock
from jobs.publication import KEPT, Publication
from jobs.serving import serve
from lakehouse.errors import LakehouseError
from lakehouse.settings import from_environment


@click.group()
def publication() -> None:
    """What readers see: publish, list publications, move back and forward among the last seven, write the serving file."""


@publication.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, oldest first.")
def list_publications(as_json: bool) -> None:
    """List publications, the newest first, and which one readers see."""
    settings = from_environment()
    every, shown = publications.listing(settings), publications.current(settings)
    if as_json:
        show_json([{**_summary(made), "is_shown": shown is not None and made.number == shown.number} for made in every])
        return
    table = plain_table("发布 Publications")
    for heading in (both("序号", "No."), both("业务日期", "Night"), both("表数", "Tables"), both("行数", "Rows")):
        table.add_column(heading, justify="right")
    table.add_column(both("状态", "State"))
    for made in reversed(every):
        summary = _summary(made)
        state = "当前 shown" if shown and made.number == shown.number else ""
        if made.number <= every[-1].number - KEPT:
            state = "已过保留期 no longer kept"
        table.add_row(str(made.number), summary["night"], str(summary["tables"]), number(summary["rows"]), state)
    console().print(table if every else Text("尚无发布。 Nothing is published yet: run `lakehouse night`."))


@publication.command()
def publish() -> None:
    """Publish what the open batch brings; write the serving file; close the batch.

    What is not merged, and what marts are not built, is done first. Where an account does not balance, nothing is published.
    """
    from jobs import night
    from jobs.batch import merge_batch
    from jobs.commands.night import judged_batch  # Loads Spark's client, which no other command here needs.
    from jobs.publish import build_marts

    with judged_batch() as (session, settings, batch, report), report.step("发布 publish"):
        merge_batch(session, settings, batch, report)
        build_marts(session, settings, batch)
        made = night.publish_batch(session, settings, batch)
        night.close_batch(settings, batch)
    click.echo(f"批次 batch {batch.id}: 发布 publication {made.number}.")


@publication.command()
@click.option("--by", "steps", type=click.IntRange(min=1), default=1, show_default=True, help="How many publications.")
def rollback(steps: int) -> None:
    """Show an earlier publication, and write the serving file of it."""
    _move(-steps)


@publication.command()
@click.option("--by", "steps", type=click.IntRange(min=1), default=1, show_default=True, help="How many publications.")
def forward(steps: int) -> None:
    """Show a later publication again, and write the serving file of it."""
    _move(steps)


@publication.command("serve")
def serve_shown() -> None:
    """Write the serving file of the publication that is shown. Done already: nothing changes."""
    settings = from_environment()
    with lock(settings):
        shown = publications.shown(settings)
        is_new = serve(settings, shown)
    click.echo(f"{settings.serving}: publication {shown.number}{'' if is_new else ', as before'}.")


def _move(steps: int) -> None:
    """Move the pin and serve what it points to; a serving file that cannot be written leaves the pin where it was."""
    settings = from_environment()
    with lock(settings):
        before = publications.shown(settings)
        made = publications.forward(settings, steps)
        try:
            serve(settings, made)
        except LakehouseError:
            publications.show(settings, before.number)
            raise
    click.echo(f"当前发布 Readers see publication {made.number}, night {made.night}.")


def _summary(made: Publication) -> dict[str, Any]:
    rows = sum(pin["rows"] for pin in made.tables.values())
    return {"number": made.number, "night": made.night.isoformat(), "tables": len(made.tables), "rows": rows}
