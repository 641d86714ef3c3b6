"""The command line: instant help, errors as sentences, exit codes."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError

import click
import pytest

from lakehouse import cli
from lakehouse.errors import BusyError, DamageError, LakehouseError


def failing(error: Exception) -> click.Command:
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


def test_a_place_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.delenv("LAKEHOUSE_KEYS", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.run(["keys", "init"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("FILES-001: A file could not be read or written. (")
    assert f"{tmp_path}/file" in said
    assert ": Not a directory) Check" in said
    assert said.count("\n") == 1


def test_a_pipe_that_nobody_reads_ends_quietly(
    commands: SimpleNamespace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # Click wraps both.
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    commands.probe = failing(BrokenPipeError(32, "Broken pipe"))
    with pytest.raises(SystemExit) as ended:
        cli.run(["probe"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        OSError("something else"),
        OSError(9, "Bad file descriptor", 7),
        HTTPError("http://localhost", 500, "It failed", Message(), None),
    ],
)
def test_what_the_system_says_of_no_file_is_not_hidden(commands: SimpleNamespace, error: OSError) -> None:
    commands.probe = failing(error)
    with pytest.raises(OSError, match=re.escape(str(error))):
        cli.run(["probe"])


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
