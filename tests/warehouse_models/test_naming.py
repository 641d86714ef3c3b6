"""Names and texts obey docs/naming.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warehouse_models.checks.columns import places
from warehouse_models.checks.naming import RULES, Rule, fault_in
from warehouse_models.contract import Column, Type
from warehouse_models.registry import catalogue

DOCS = Path(__file__).resolve().parents[2] / "docs"
BRITISH = re.compile(
    r"licen[c]e|practis|colour|centre\b|organis[aei]|recognis|programme\b|paediatr|labour|tokenis|normalis|behaviour|favour|"
    r"hospitalis|haem|anaem|oedema|tumour|diarrhoea|goitre",
    re.IGNORECASE,
)
# Rules for what is to come.
UNUSED = (r".+_minutes",)
# Version 1 of the standard has this word in names on the wire, where it stays.
ON_THE_WIRE = "licence"


def test_every_rule_is_about_some_column() -> None:
    names = {place.column.name for place in places(catalogue())}
    for rule in RULES:
        if rule.names not in UNUSED:
            assert any(re.fullmatch(rule.names, name) for name in names), rule.names


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.names)
def test_a_column_of_another_type_breaks_the_rule(rule: Rule) -> None:
    name = re.sub(r"\((\w+)(\|\w+)*\)", r"\1", rule.names).replace(".+", "some")
    other = next(kind for kind in Type if kind not in rule.types)
    assert fault_in(Column(name, other, "Something.", "某", codes="sex" if other is Type.CODE else None))


def test_texts_are_in_american_spelling() -> None:
    texts = [place.column.says for place in places(catalogue())]
    texts += [one.title for one in (*catalogue().exchange.values(), *catalogue().marts.values())]
    texts += [code.name for one in catalogue().codes.values() for code in one.rows]
    assert len(texts) > 1000
    assert [text for text in texts if BRITISH.search(text)] == []


def test_names_are_in_american_spelling() -> None:
    names = {place.column.name for place in places(catalogue())}
    assert {name for name in names if BRITISH.search(name.replace(ON_THE_WIRE, ""))} == set()


@pytest.mark.parametrize("page", ["glossary.md", "naming.md", "exchange-standard.md", "data-dictionary.md"])
def test_pages_are_in_american_spelling(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    without_names = re.sub(rf"{ON_THE_WIRE}_[a-z_]+", "", text)
    assert sorted({match[0] for match in BRITISH.finditer(without_names)}) == []
