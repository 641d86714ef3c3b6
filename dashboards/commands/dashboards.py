"""`lakehouse dashboards`: pages and charts as code, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dashboards import apply as applying
from dashboards.access import access, embed, make_reader
from dashboards.bundle import ADDRESS, packed, render
from dashboards.checks import check
from dashboards.client import Superset
from dashboards.declared import charts, pages
from lakehouse.files import write_whole
from warehouse_models.served import LANGUAGES

Command = TypeVar("Command", bound=Callable[..., Any])
SERVED = click.option(
    "--engine", "engine", default=ADDRESS, show_default=True, help="SQLAlchemy address of the served tables."
)


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def session(command: Command) -> Command:
    """The options that say which Superset, and as whom."""
    for option in (
        click.option(
            "--password-file",
            type=FILE,
            required=True,
            help="File with that user's password.",
        ),
        click.option("--user", default="admin", show_default=True, help="A user who may do everything."),
        click.option("--address", default="http://127.0.0.1:8088", show_default=True, help="Where Superset is."),
    ):
        command = option(command)
    return command


@click.group()
def dashboards() -> None:
    """Pages and charts as code: check them, bring them to a Superset, say who sees what."""


@dashboards.command("check")
def check_command() -> None:
    """Follow every name from page to chart to table to column, and say in one sentence what is broken."""
    _checked()
    click.echo(f"{len(pages())} pages, {len(charts())} charts: all is well.")


@dashboards.command("render")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="dashboards.zip",
    show_default=True,
    help="File of the bundle.",
)
@SERVED
def render_command(out: Path, engine: str) -> None:
    """Write the bundle that Superset imports."""
    _checked()
    assets = render(engine)
    write_whole(out, packed(assets))
    click.echo(f"{out}: {len(assets) - 1} assets.")


@dashboards.command("apply")
@session
@SERVED
def apply_command(address: str, user: str, password_file: Path, engine: str) -> None:
    """Bring pages, charts and rights to a Superset. Twice is the same as once."""
    _checked()
    assets = render(engine)
    with Superset(address, user, password_file.read_text().strip()) as superset:
        applying.apply(superset, assets)
    click.echo(f"{len(assets) - 1} assets applied.")


@dashboards.command("prune")
@session
@SERVED
def prune_command(address: str, user: str, password_file: Path, engine: str) -> None:
    """Remove from a Superset what is no longer declared. What people made there themselves stays."""
    _checked()
    with Superset(address, user, password_file.read_text().strip()) as superset:
        removed = applying.prune(superset, render(engine))
    for each in removed:
        click.echo(f"removed: {each}")
    click.echo(f"{len(removed)} assets removed.")


@dashboards.command("reader")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(list(access().roles)), help="What the reader may open.")
@click.option("--institution", metavar="CODE", help="The institution whose rows the reader sees.")
@click.option("--region", metavar="CODE", help="The region whose rows the reader sees, GB/T 2260.")
@click.option(
    "--new-password-file",
    type=FILE,
    required=True,
    help="File with the reader's password.",
)
@session
def reader_command(
    name: str,
    role: str,
    institution: str | None,
    region: str | None,
    new_password_file: Path,
    address: str,
    user: str,
    password_file: Path,
) -> None:
    """Make a reader, or give one another role or tenant."""
    tenant = f"institution-{institution}" if institution else f"region-{region}" if region else None
    with Superset(address, user, password_file.read_text().strip()) as superset:
        make_reader(superset, name, new_password_file.read_text().strip(), role, tenant)
    click.echo(f"{name}: {role}" + (f", {tenant}." if tenant else "."))


@dashboards.command("embed")
@click.argument("page", type=click.Choice(list(pages())))
@click.option("--origin", "origins", multiple=True, required=True, help="Origin of a system that shows the page.")
@session
def embed_command(page: str, origins: tuple[str, ...], address: str, user: str, password_file: Path) -> None:
    """Let other systems show a page to guests; print the id by which they ask for it in each language."""
    with Superset(address, user, password_file.read_text().strip()) as superset:
        for language in LANGUAGES:
            click.echo(f"{language}: {embed(superset, page, language, origins)}")


def _checked() -> None:
    """Say everything that is wrong; the last of it ends the command."""
    found = check(pages(), charts(), access().roles)
    for each in found[:-1]:
        click.echo(str(each), err=True)
    if found:
        raise found[-1]
