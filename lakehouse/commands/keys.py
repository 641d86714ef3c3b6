"""`lakehouse keys`: make and check the keys that tokenise and seal."""

from __future__ import annotations

import click

import lakehouse.keys
from lakehouse.settings import from_environment


@click.group()
def keys() -> None:
    """Make and check the keys that tokenise identifiers and seal original files."""


@keys.command()
def init() -> None:
    """Make the keys that are missing, readable by their owner only. A key that is there is never replaced.

    Keep a safe copy of both: without them no token can be made again and no sealed original opened.
    """
    settings = from_environment()
    made = lakehouse.keys.init(settings)
    for path in made:
        click.echo(f"Made {path}.")
    if not made:
        click.echo(f"The keys in {settings.keys} are there already; nothing was changed.")


@keys.command()
def check() -> None:
    """Check that both keys are there, complete, and readable by their owner only; exit code 2 if not."""
    settings = from_environment()
    lakehouse.keys.check(settings)
    click.echo(f"The keys in {settings.keys} are in order.")
