"""`lakehouse contracts`: whether the declarations agree with each other, and the pages that come from them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lakehouse.errors import LakehouseError
from warehouse_models import registry


@click.group()
def contracts() -> None:
    """Tables, code lists and dialects as they are declared: check them, and write their documentation."""


@contracts.command()
def check() -> None:
    """Check the declarations against each other.

    Exit codes: 0 when all is well, 1 when something has to be mended.
    """
    findings = registry.check()
    for finding in findings:
        click.echo(str(finding))
    known = registry.catalogue()
    counts = f"{len(known.exchange)} exchange tables, {len(known.conformed)} tables of the four databases"
    counts += f", {len(known.marts)} marts, {len(known.codes)} code lists, {len(known.dialects)} dialects"
    click.echo(f"{counts}: {f'{len(findings)} findings' if findings else 'all is well'}.")
    if findings:
        sys.exit(1)


@contracts.command()
@click.option("--check", "only_check", is_flag=True, help="Compare with the pages that are there; change nothing.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Instead of the checkout's docs/.")
def docs(only_check: bool, folder: Path | None) -> None:
    """Write the data dictionary, the exchange standard and the rules of naming.

    Exit codes: 0 when the pages are as they should be, 2 when --check finds one out of date.
    """
    from jobs.documentation import pages

    place = folder or pages.FOLDER
    if only_check:
        if out_of_date := pages.stale(registry.catalogue(), place):
            raise _stale(out_of_date, place)
        click.echo(f"{', '.join(pages.PAGES)}: up to date.")
        return
    changed = pages.write(registry.catalogue(), place)
    click.echo(f"Written: {', '.join(changed)}." if changed else "Nothing has changed.")


def _stale(names: list[str], place: Path) -> LakehouseError:
    verb = "is" if len(names) == 1 else "are"
    what = f"{', '.join(names)} {verb} not what the declarations say."
    return LakehouseError("CONTRACTS-050", what, where=str(place), do="Run `make docs` and commit what it writes.")
