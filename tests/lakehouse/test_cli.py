"""The command line: instant help, errors as sentences, exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import SimpleNamespace

import click
import pytest

from lakehouse import cli
from lakehouse.errors import BusyError, DamageError, LakehouseError


def failing(error: LakehouseError) -> click.Command:
    """A command that ends in an error."""

    @click.command()
    def command() -> None:
        raise error

    return command


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A module of commands made for a test, called `probe` on the command line."""
    module = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "probe_commands", module)  # type: ignore[arg-type]
    monkeypatch.setitem(cli.COMMANDS, "probe", ("probe_commands:probe", "Probe."))
    return module


@pytest.mark.parametrize("error", [LakehouseError, DamageError, BusyError])
def test_an_error_is_one_sentence_and_its_exit_status(
    error: type[LakehouseError], commands: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.probe = failing(error("GATE-007", "The batch is gone.", do="Stage again."))
    with pytest.raises(SystemExit) as ended:
        cli.run(["probe"])
    assert ended.value.code == error.status
    assert capsys.readouterr() == ("", "GATE-007: The batch is gone. Stage again.\n")


def test_a_fault_of_the_program_is_not_hidden(commands: SimpleNamespace) -> None:
    @click.command()
    def probe() -> None:
        raise ZeroDivisionError

    commands.probe = probe
    with pytest.raises(ZeroDivisionError):
        cli.run(["probe"])


def test_help_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert len(cli.COMMANDS) > 10
    assert [name for name, (_, line) in cli.COMMANDS.items() if f"{name} {line}" not in shown] == []


def test_help_loads_no_command() -> None:
    script = """
import sys
from lakehouse import cli
try:
    cli.run(["-h"])
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    loaded = done.stderr.split()
    assert "lakehouse.cli" in loaded
    assert [name for name in loaded if name.startswith(("lakehouse.commands", "jobs", "pyspark"))] == []


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["nigth"])
    assert ended.value.code == 2
    assert "nigth" in capsys.readouterr().err


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(["--version"])
    assert "0.1.0" in capsys.readouterr().out


@pytest.mark.parametrize("word", cli.COMMANDS)
def test_every_word_leads_to_a_command_of_that_name_with_help(word: str) -> None:
    module, _, attribute = cli.COMMANDS[word][0].partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == word
    assert command.help
