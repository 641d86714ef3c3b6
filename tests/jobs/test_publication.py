"""Publications: pinned whole, never rewritten; the pin moves back and forward within the last seven."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from jobs import publication
from jobs.commands.ledger import digest
from jobs.commands.publication import publication as command
from jobs.province.story import write_site
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models import registry

DAY = date(2026, 6, 30)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    write_site(tmp_path / "site", {"P001": "standard-1"})
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAKEHOUSE_SITE", str(tmp_path / "site"))
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def tables(version: int, digest: str = "") -> dict[str, dict[str, Any]]:
    """One table at a version; its content differs from version to version unless `digest` says otherwise."""
    pin = {"version": version, "rows": 10 * version, "digest": digest or f"digest {version}"}
    return {"medical_records.encounter": {**pin, "months": {"2026-06": {"rows": 1, "digest": "m"}}}}


def publish_many(lake: Settings, count: int) -> None:
    for version in range(1, count + 1):
        publication.publish(lake, DAY, tables(version))


def shown(lake: Settings) -> int:
    found = publication.current(lake)
    assert found is not None
    return found.number


def every_file(lake: Settings) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in lake.publications.glob("*.json")}


def test_before_the_first_publication_there_is_none(lake: Settings) -> None:
    assert publication.current(lake) is None
    assert publication.listing(lake) == []
    with pytest.raises(LakehouseError, match="PUBLICATION-001"):
        publication.rollback(lake)
    with pytest.raises(LakehouseError, match="PUBLICATION-001"):
        publication.published_digests(lake)


def test_a_publication_is_read_as_it_was_made(lake: Settings) -> None:
    made, is_new = publication.publish(lake, DAY, tables(1))
    assert is_new
    assert made == publication.Publication(1, DAY, tables(1))
    assert publication.current(lake) == made
    assert publication.published_digests(lake) == {"medical_records.encounter": {"rows": 10, "digest": "digest 1"}}


def test_publishing_twice_is_publishing_once(lake: Settings) -> None:
    publication.publish(lake, DAY, tables(1))
    before = every_file(lake)
    again, is_new = publication.publish(lake, date(2026, 7, 1), tables(1))
    assert not is_new
    assert again.number == 1
    assert every_file(lake) == before


@pytest.mark.parametrize("changed", [tables(2, "digest 1"), tables(1, "other"), {}], ids=["version", "digest", "table"])
def test_another_version_digest_or_set_of_tables_is_new(lake: Settings, changed: dict[str, Any]) -> None:
    publication.publish(lake, DAY, tables(1))
    made, is_new = publication.publish(lake, DAY, changed)
    assert (is_new, made.number, shown(lake)) == (True, 2, 2)


def test_rollback_by_five_and_forward(lake: Settings) -> None:
    publish_many(lake, 7)
    before = every_file(lake)
    assert publication.rollback(lake, 5).tables == tables(2)
    assert shown(lake) == 2
    assert publication.forward(lake, 5).tables == tables(7)
    assert shown(lake) == 7
    assert every_file(lake) == before


@pytest.mark.parametrize(("count", "number"), [(9, 2), (9, 10), (3, 0), (9, -1)])
def test_the_pin_stays_within_the_last_seven(lake: Settings, count: int, number: int) -> None:
    publish_many(lake, count)
    with pytest.raises(LakehouseError, match=r"PUBLICATION-002"):
        publication.show(lake, number)
    assert shown(lake) == count


def test_the_seventh_last_can_be_shown(lake: Settings) -> None:
    publish_many(lake, 9)
    assert publication.rollback(lake, 6).number == 3
    with pytest.raises(LakehouseError, match="3 to 9 can, 3 is shown now"):
        publication.rollback(lake)


def test_a_night_without_news_does_not_undo_a_rollback(lake: Settings) -> None:
    publish_many(lake, 3)
    publication.rollback(lake, 2)
    _, is_new = publication.publish(lake, DAY, tables(3))
    assert not is_new
    assert shown(lake) == 1


def test_a_night_with_news_is_shown_after_a_rollback_too(lake: Settings) -> None:
    publish_many(lake, 3)
    publication.rollback(lake, 2)
    made, _ = publication.publish(lake, DAY, tables(4))
    assert (made.number, shown(lake)) == (4, 4)
    _, is_new = publication.publish(lake, DAY, tables(4))
    assert not is_new


def test_a_run_killed_before_it_moved_the_pin_is_completed(lake: Settings) -> None:
    publish_many(lake, 2)
    (lake.publications / "current").write_text("1\n")
    _, is_new = publication.publish(lake, DAY, tables(2))
    assert not is_new
    assert shown(lake) == 2


def call(*words: str) -> str:
    """What `lakehouse publication …` prints."""
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def served(lake: Settings) -> int:
    with duckdb.connect(str(lake.serving), read_only=True) as connection:
        return int(connection.execute("select number from meta.publication").fetchall()[0][0])


def test_the_commands_move_the_pin_and_serve_what_it_points_to(lake: Settings) -> None:
    publish_many(lake, 7)
    assert str(lake.serving) in call("serve")
    assert served(lake) == 7
    assert "publication 2" in call("rollback", "--by", "5")
    assert (shown(lake), served(lake)) == (2, 2)
    assert "publication 7" in call("forward", "--by", "5")
    assert (shown(lake), served(lake)) == (7, 7)
    assert "as before" in call("serve")


def test_a_publication_that_cannot_be_served_is_not_shown(lake: Settings) -> None:
    """Its mart's version is gone, as after a retention that was too short."""
    name = next(iter(registry.marts()))
    publication.publish(lake, DAY, {name: {"version": 0, "rows": 1, "digest": "gone"}})
    publication.publish(lake, DAY, tables(1))
    with pytest.raises(LakehouseError, match="SERVING-001"):
        call("rollback")
    assert shown(lake) == 2


def test_the_list_shows_the_newest_first_and_which_one_is_read(lake: Settings) -> None:
    assert "Nothing is published yet" in call("list")
    publish_many(lake, 9)
    publication.rollback(lake, 2)
    lines = [line.split() for line in call("list").splitlines() if "2026-06-30" in line]
    assert [line[0] for line in lines] == [str(number) for number in range(9, 0, -1)]
    assert [line[0] for line in lines if "shown" in line] == ["7"]
    assert [line[0] for line in lines if "kept" in line] == ["2", "1"]
    assert [made["number"] for made in json.loads(call("list", "--json")) if made["is_shown"]] == [7]


def test_the_digest_of_every_published_table_is_printed(lake: Settings) -> None:
    publish_many(lake, 1)
    printed = CliRunner().invoke(digest, ["--json"])
    assert json.loads(printed.output) == {"medical_records.encounter": {"rows": 10, "digest": "digest 1"}}
    assert "medical_records.encounter" in CliRunner().invoke(digest).output
