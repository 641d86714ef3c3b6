"""The decision records: complete, numbered, listed, and right about what the project depends on."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from tests.docs import pages as book

FOLDER = book.DOCS / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
DEPENDENCIES = FOLDER / "0018-dependencies.md"
CLASSIFIERS = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}
WORDS = 600  # A page, tables not counted; most records are half of one.


def test_records_are_numbered_without_gaps() -> None:
    assert len(RECORDS) >= 20
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_parts_and_is_short(record: Path) -> None:
    text = book.text(record)
    assert text.startswith(f"# {record.name[:4]} ")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
    told = [line for line in text.splitlines() if not line.startswith("|")]
    assert len(" ".join(told).split()) <= WORDS


def test_the_index_lists_every_record_under_its_title() -> None:
    titles = {book.text(record).splitlines()[0].removeprefix("# "): record.name for record in RECORDS}
    listed = dict(re.findall(r"^- \[(\d{4} .+?)\]\((.+?)\)", book.text(FOLDER / "README.md"), flags=re.MULTILINE))
    assert listed == titles


def asked_for() -> set[str]:
    """What pyproject.toml depends on, by name."""
    project = tomllib.loads((book.ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return {re.split(r"[^a-z0-9-]", line)[0] for line in lines}


def license_of(package: str) -> str:
    """The license that an installed package declares: an expression, or a classifier for those that have none."""
    told = metadata.metadata(package)
    classifiers = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if "License ::" in line]
    declared = told.get("License-Expression") or told.get("License") or ""
    is_plain = declared and "\n" not in declared and len(declared) < 60 and declared != "BSD License"
    return declared if is_plain else CLASSIFIERS[classifiers[0]]


def test_dependencies_are_listed_with_the_licenses_that_they_declare() -> None:
    rows = {row[0]: row[2] for row in book.rows(DEPENDENCIES, "Decision")}
    assert set(rows) == asked_for()
    declared = {name: license_of(name) for name in rows}
    assert {name: (rows[name], said) for name, said in declared.items() if not said.startswith(rows[name])} == {}
