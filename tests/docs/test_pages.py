"""Every page: links, paths, commands, variables and spelling are those of this checkout."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from jobs import demonstration
from lakehouse import cli
from tests.docs import pages as book
from tests.docs.sources import ROOT, program_texts
from tests.warehouse_models.test_naming import BRITISH, ON_THE_WIRE

PAGES = book.pages()
WRITTEN = [page for page in PAGES if "Written by `lakehouse contracts docs`" not in book.text(page)]
FOLDERS = ("lakehouse", "warehouse_models", "expectations", "jobs", "dashboards", "tests", "docs", "requirements")
VARIABLE = re.compile(r"\bLAKEHOUSE_[A-Z_]+\b")
# Names that may stand for what is not there: examples that a page makes, and parts of paths.
EXAMPLES = re.compile(r"referral|visit_cost|reversals|kangning|<|…|\*")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_pages_are_found() -> None:
    assert {"README.md", "README.zh-CN.md", "docs/architecture.md", "docs/errors.md"} <= set(map(name_of, PAGES))
    assert len(PAGES) > 35


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in book.links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in book.anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_path_of_the_repository_is_there(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[^`\s]*)`", book.prose(page))
    lost = [path for path in named if not EXAMPLES.search(path) and not (ROOT / path).exists()]
    assert [path for path in lost if not path.startswith("docs/") or page.parent == ROOT] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_command_is_one(page: Path) -> None:
    """Those in blocks of shell, and those in a line of text, with their options."""
    lines = [line for block in book.blocks(page, "sh") for line in block.splitlines()]
    lines += re.findall(r"`((?:lakehouse|make) [^`]*)`", book.prose(page))
    for line in lines:
        for command in line.split(" && "):
            _is_a_command(shlex.split(command, comments=True))


def _is_a_command(words: list[str]) -> None:
    while words and "=" in words[0]:
        words = words[1:]
    if words and words[0] == "make":
        assert set(words[1:]) <= _targets(), words
    elif words and words[0].endswith("lakehouse"):
        _parses([word.replace("…", "P001") for word in words[1:]])


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def _parses(words: list[str]) -> None:
    """The words name commands, and options that those have. A name alone is enough in a line of text."""
    command: click.Command = cli.main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0].split("|")[0])
        assert found is not None, words
        command, words = found, words[1:]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
    assert {word for word in words if word.startswith("--")} <= options, (command.name, words)
    if words and not isinstance(command, click.Group) and not {"FOLDER"} & set(words):
        command.make_context(command.name, words, resilient_parsing=_asks(command))


def _asks(command: click.Command) -> bool:
    """Whether a command asks for what is not given: then nothing can be missing."""
    return any(getattr(parameter, "prompt", None) for parameter in command.params)


def test_a_wrong_command_is_found() -> None:
    for wrong in (["lakehouse", "nights"], ["lakehouse", "ledger", "--points", "P001"], ["make", "nothing"]):
        with pytest.raises(AssertionError):
            _is_a_command(wrong)


def test_variables_are_those_that_the_program_reads() -> None:
    read = {name for text in program_texts() for name in VARIABLE.findall(text)}
    told = {name for page in WRITTEN for name in VARIABLE.findall(book.text(page))}
    assert len(read) >= 5
    assert told == read


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_pages_are_in_american_spelling(page: Path) -> None:
    text = re.sub(rf"{ON_THE_WIRE}_[a-z_]+|township_centre", "", book.text(page))
    assert sorted({found[0] for found in BRITISH.finditer(text)}) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_registry_or_a_place_on_somebodys_machine(page: Path) -> None:
    text = book.text(page)
    assert re.findall(r"https?://[^\s)`]+", text) == []
    assert re.findall(r"(?<![\w./<-])/(?:home|root|work|tmp|usr|var|mnt)/[^\s`]*", text) == []
    assert "TODO" not in text


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readmes_show_what_the_demonstration_says_last(page: str) -> None:
    transcript, _ = book.blocks(ROOT / page, "text")  # Of `make night`, and of `make test`.
    assert demonstration.NEXT.format(serving=".lakehouse/serving/current/marts.duckdb").strip() in transcript
