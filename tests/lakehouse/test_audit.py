"""The audit trail: lines in order, none written over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lakehouse import audit
from lakehouse.settings import Settings


def test_lines_say_who_did_what_and_why_in_order(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, tmp_path)
    assert audit.trail(settings) == []
    audit.note(settings, "hold.release", "Sonam", "vaccination day", delivery="P1/2026-06-30-0001-abcdef01")
    audit.note(settings, "redeliver.pull", "Tashi", "mended", point="P2")
    first, second = audit.trail(settings)
    assert (first["action"], first["who"], first["why"]) == ("hold.release", "Sonam", "vaccination day")
    assert first["delivery"] == "P1/2026-06-30-0001-abcdef01"
    assert second["point"] == "P2"


def test_lines_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda place: audit.note(settings, "test.note", "x", str(place)), range(40)))
    assert sorted(int(line["why"]) for line in audit.trail(settings)) == list(range(40))
    assert [path.name for path in settings.audit.glob(".*")] == []
