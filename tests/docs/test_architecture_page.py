"""docs/architecture.md shows what is built."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.commands.shown import FATES_ZH
from jobs.ledger import FATES
from jobs.ledger.records import SCHEMAS
from jobs.publication import KEPT
from lakehouse.settings import Settings
from tests.docs import pages as book
from tests.test_architecture import FOLDERS
from warehouse_models.registry import DATABASES, conformed

PAGE = book.DOCS / "architecture.md"
README = book.ROOT / "README.md"
CHINESE = book.ROOT / "README.zh-CN.md"


def test_folders_import_what_the_page_says() -> None:
    rows = {row[0].strip("`/"): set(re.findall(r"`([a-z_./]+)`", row[2])) for row in book.rows(PAGE, "Folders 目录")}
    there = [name for name in FOLDERS if (book.ROOT / name).is_dir()]
    assert len(there) >= 4
    assert rows == {name: set(FOLDERS[name].ours) - {name} for name in there} | {"tests": set()}


def test_state_lies_where_the_page_says() -> None:
    home = Path("home")
    settings = Settings(home=home, site=home / "province" / "site", keys=home / "keys")
    places = {settings.landing, settings.sealed, settings.lake, settings.ledger, settings.publications}
    places |= {settings.received, settings.serving, settings.docs, settings.run, settings.keys, settings.audit}
    places |= {settings.lineage, home / "superset"}
    named = {row[0].strip("`/").split("<")[0].rstrip("/") for row in book.rows(PAGE, "Where state lies 状态所在")}
    assert named == {str(place.relative_to(home)) for place in places}


def test_the_ledgers_folders_are_named() -> None:
    row = next(row for row in book.rows(PAGE, "Where state lies 状态所在") if row[0] == "`ledger/`")
    named = set(re.findall(r"`([a-z]+)/`", row[1]))
    assert named == {*SCHEMAS, "batches", "verdicts", "decisions", "touched", "looks", "digests"}


def test_fates_are_the_ledgers_in_its_order() -> None:
    rows = [row[0].replace("`", "").split() for row in book.rows(PAGE, "Accounts 账目")]
    assert rows == [[fate, FATES_ZH[fate]] for fate in FATES]
    assert f"- landed = {' + '.join(FATES[3:])}" in book.text(PAGE)


def test_the_number_of_publications_kept_is_told() -> None:
    assert KEPT == 7
    assert "at most six publications before the newest" in book.text(PAGE)


def test_every_database_with_tables_is_a_folder_of_the_lake() -> None:
    assert {name.partition(".")[0] for name in conformed()} <= set(DATABASES)


def test_the_readmes_show_the_same_picture() -> None:
    picture = book.blocks(PAGE, "")[0]
    assert "point ─► landing ─► staged ─► gate ─► four databases ─► marts ─► publication" in picture
    assert book.blocks(README, "")[0] == picture
    assert book.blocks(CHINESE, "")[0].count("─►") == picture.count("─►")
