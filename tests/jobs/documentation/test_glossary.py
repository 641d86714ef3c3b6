"""The glossary has every word that people meet in titles, commands and accounts."""

from __future__ import annotations

import re

import pytest

from jobs.commands.shown import FATES_ZH
from jobs.documentation.pages import FOLDER
from warehouse_models.registry import DATABASES, catalogue

LINE = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \|$")


@pytest.fixture(scope="module")
def glossary() -> dict[str, str]:
    """Chinese word -> English one."""
    lines = (FOLDER / "glossary.md").read_text(encoding="utf-8").splitlines()
    found = [line.groups() for line in map(LINE.match, lines) if line]
    return {chinese: english for chinese, english, _ in found if chinese not in ("中文", "---")}


def test_a_word_stands_once(glossary: dict[str, str]) -> None:
    text = (FOLDER / "glossary.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if LINE.match(line)]
    heads = [line for line in lines if line.startswith(("| 中文", "| --- "))]
    assert len(lines) - len(heads) == len(glossary) > 60
    assert len(set(glossary.values())) == len(glossary)


def test_every_title_of_a_table_is_explained(glossary: dict[str, str]) -> None:
    titled = [*catalogue().exchange.values(), *catalogue().marts.values()]
    assert len(titled) >= 13
    assert {one.title_zh: one.title for one in titled}.items() <= glossary.items()


def test_fates_have_the_same_words_on_screens_and_pages(glossary: dict[str, str]) -> None:
    standard = (FOLDER / "exchange-standard.md").read_text(encoding="utf-8")
    english = {word: chinese for chinese, word in glossary.items()} | {"landed": "落地", "deleted": "删除"}
    for fate, chinese in FATES_ZH.items():
        assert english[fate] == chinese
        assert f"{fate} {chinese}" in standard


def test_the_databases_and_the_words_of_the_spine_are_explained(glossary: dict[str, str]) -> None:
    english = set(glossary.values())
    assert len([word for word in english if word.endswith(" database")]) >= len(DATABASES)
    assert english >= {"point", "landing", "staged", "gate", "four databases", "mart", "publication", "ledger", "night"}
