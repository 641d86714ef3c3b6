"""`lakehouse night`: the dated spine."""

from __future__ import annotations

from datetime import date

import click

from lakehouse.console import Reporter
from lakehouse.errors import LakehouseError
from lakehouse.settings import from_environment


@click.command()
@click.option("--date", "day", metavar="DATE", help="One business date, YYYY-MM-DD.")
@click.option("--nights", metavar="FROM:TO", help="Several business dates, taken in one run.")
@click.option("--point", "points", multiple=True, metavar="ID", help="Only these points (may be repeated).")
def night(day: str | None, nights: str | None, points: tuple[str, ...]) -> None:
    """Take business dates from the points' offers to a publication.

    Run it as often as you like: what has been taken is not taken again, and a killed run is finished first.
    """
    from jobs.night import run_night

    first, last = _dates(day, nights)
    run_night(from_environment(), first, last, points or None, Reporter())


def _dates(day: str | None, nights: str | None) -> tuple[date, date]:
    """The first and last business date asked for."""
    asked = [day, day] if day and not nights else (nights or "").split(":") if nights and not day else []
    try:
        first, last = (date.fromisoformat(text or "") for text in asked)
    except ValueError:
        raise LakehouseError(
            "NIGHT-002", "Say which night.", do="Give --date YYYY-MM-DD or --nights YYYY-MM-DD:YYYY-MM-DD, not both."
        ) from None
    return first, last
