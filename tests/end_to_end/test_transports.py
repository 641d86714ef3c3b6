"""The same deliveries by folder, SFTP, HTTP and front-end database, in three dialects, end in the same tables."""

from __future__ import annotations

import gzip
from pathlib import Path

from jobs.landing.due import looks
from lakehouse.settings import Settings
from tests.proofs.clones import Outcome
from tests.proofs.transports import TRANSPORTS


def test_every_transport_ends_in_the_same_tables_and_accounts(outcomes: dict[str, Outcome], clones: Path) -> None:
    outcome = outcomes["by transport"]
    assert outcome.differing == []
    assert sum(outcome.accounts.values()) == len(TRANSPORTS) == 4
    assert outcome.rows["medical_records.encounter"] == 4
    looked = looks(Settings(clones / "home", clones / "site", clones / "keys"))
    assert TRANSPORTS.keys() <= looked.keys()
    assert {look.why for look in looked.values()} == {""}


def test_nothing_that_was_pulled_lies_anywhere_but_sealed(outcomes: dict[str, Outcome], clones: Path) -> None:
    """A name of the story's patients stands in the offers, and in no file of the lake."""
    name = "扎西卓玛"
    for point in TRANSPORTS:
        assert holding(clones / "offers" / point, name), "the name is not in the story: look for another"
    assert len(outcomes) > 1
    assert not holding(clones / "home", name)


def holding(folder: Path, text: str) -> list[Path]:
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        if any(text.encode(encoding) in content for encoding in ("utf-8", "gb18030", "utf-16-le")):
            found.append(path)
    return found
