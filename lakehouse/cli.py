"""The `lakehouse` command. Each subcommand is imported only when it is called, so that `--help` is instant."""

from __future__ import annotations

import importlib
from typing import Any

import click

from lakehouse.errors import told

# Command word -> (module and object, one line of help). Words are the spine's nouns, in its order.
COMMANDS: dict[str, tuple[str, str]] = {
    "doctor": ("lakehouse.commands.doctor:doctor", "Check versions, Java, jars, disk, encodings, rights, keys."),
    "keys": ("lakehouse.commands.keys:keys", "Make and check the keys that tokenise and seal."),
    "province": ("jobs.commands.province:province", "Generate a synthetic province."),
    "points": ("jobs.commands.points:points", "Check, add and count the points of the site."),
    "delivery": ("jobs.commands.delivery:delivery", "Check a delivery before it is offered."),
    "receiver": ("jobs.commands.receiver:receiver", "Take what hospitals push."),
    "night": ("jobs.commands.night:night_command", "Take business dates from the points' offers to a publication."),
    "land": ("jobs.commands.night:land", "Pull and land what the points offer."),
    "stage": ("jobs.commands.night:stage", "Type and check what has landed."),
    "gate": ("jobs.commands.night:gate", "Judge staged deliveries: pass, warn or hold."),
    "merge": ("jobs.commands.night:merge", "Merge passed deliveries into the four databases."),
    "marts": ("jobs.commands.night:marts", "Build marts."),
    "publication": ("jobs.commands.publication:publication", "Publish, roll back, list; write the serving file."),
    "hold": ("jobs.commands.hold:hold", "List, release or reject held deliveries."),
    "quarantine": ("jobs.commands.quarantine:quarantine", "Show why rows are set aside, and replay them after a fix."),
    "ledger": ("jobs.commands.ledger:ledger", "Every delivery's account in rows and fen."),
    "digest": ("jobs.commands.ledger:digest", "Rows and digest of every published table."),
    "status": ("jobs.commands.status:status", "What happened last night, who is missing, what is held, what to do."),
    "codes": ("jobs.commands.codes:codes", "Code lists, and values that no list or crosswalk knows."),
    "dashboards": ("dashboards.commands.dashboards:dashboards", "Pages and charts as code, and who may see them."),
    "contracts": ("jobs.commands.contracts:contracts", "Check the contracts; write their documentation."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lakehouse")
def main() -> None:
    """Supervision and analytics lakehouse of a health commission.

    Exit codes: 0 done; 1 done, but something needs a person; 2 a mistake you can mend; 3 the lake contradicts itself;
    4 another night is running.
    """


def run(arguments: list[str] | None = None) -> Any:
    """Run the command line; errors become one sentence on standard error and an exit code."""
    with told():
        return main(args=arguments, standalone_mode=True)
