"""The jars are what is pinned: missing ones, other sizes and digests are found, and nothing wrong is put in place."""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path

import pytest

from lakehouse import jars
from lakehouse.errors import LakehouseError
from lakehouse.jars import Jar

CONTENT = b"a jar"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of jars, for which a single small one is pinned."""
    pinned = Jar("org.example", "part", "1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(jars, "JARS", (pinned,))
    monkeypatch.setattr(jars, "folder", lambda: tmp_path / "jars")
    return tmp_path / "jars"


def offer(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let the registry offer a content for the jar."""

    def fetch(work: Path, target: Path) -> None:
        target.mkdir()
        (target / "part-1.0.jar").write_bytes(content)

    monkeypatch.setattr(jars, "_fetch", fetch)


def test_a_missing_jar_is_a_sentence(place: Path) -> None:
    with pytest.raises(LakehouseError, match=r"JARS-001: A jar of Spark is missing\..*Run `make setup`"):
        jars.jar_paths()


def test_a_jar_cut_short_is_a_sentence(place: Path) -> None:
    place.mkdir()
    (place / "part-1.0.jar").write_bytes(CONTENT[:-1])
    with pytest.raises(LakehouseError, match="JARS-001: A jar of Spark has the wrong size"):
        jars.jar_paths()


def test_installing_puts_the_jar_where_it_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, CONTENT)
    jars.install()
    assert jars.jar_paths() == [place / "part-1.0.jar"]
    assert os.listdir(place) == ["part-1.0.jar"]


def test_another_content_of_the_same_size_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, CONTENT[::-1])
    with pytest.raises(LakehouseError, match=r"JARS-003.*part-1\.0\.jar"):
        jars.install()
    assert not place.exists()


def test_a_damaged_jar_is_fetched_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir()
    (place / "part-1.0.jar").write_bytes(CONTENT[::-1])
    offer(monkeypatch, CONTENT)
    jars.install()
    assert (place / "part-1.0.jar").read_bytes() == CONTENT


def test_jars_that_are_there_are_not_fetched_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir()
    (place / "part-1.0.jar").write_bytes(CONTENT)
    monkeypatch.setattr(jars, "_fetch", lambda work, target: pytest.fail("nothing needed to be fetched"))
    jars.install()


def test_a_registry_that_cannot_be_reached_is_a_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ivy runs in earnest, but every way to the outside ends at a closed port of this machine."""
    nowhere = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=9"
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", nowhere)
    with pytest.raises(
        LakehouseError, match=r"JARS-002: The jars of Delta could not be fetched\. \(Server access error"
    ):
        jars.install()


def test_the_real_jars_are_in_place_with_their_digests() -> None:
    assert [path.name for path in jars.jar_paths()] == [jar.file for jar in jars.JARS]
    assert jars.damaged(jars.folder()) == []
    assert len(jars.JARS) == 6


def test_the_real_jars_are_jars_and_fit_the_installed_delta() -> None:
    spark = next(jar for jar in jars.JARS if jar.name.startswith("delta-spark"))
    assert spark.version == metadata.version("delta-spark")
    assert metadata.version("pyspark").startswith("4.1.")
    assert spark.name == "delta-spark_4.1_2.13"
    assert all(path.read_bytes()[:2] == b"PK" for path in jars.jar_paths())


def test_the_ivy_file_asks_for_every_jar_alone() -> None:
    text = jars._ivy_file()
    assert text.count('transitive="false"') == len(jars.JARS)
    assert all(f'org="{jar.group}" name="{jar.name}" rev="{jar.version}"' in text for jar in jars.JARS)


def test_run_by_itself_it_ends_with_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, b"something else")
    assert jars.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("JARS-003: ")
    assert said.count("\n") == 1
    offer(monkeypatch, CONTENT)
    assert jars.main() == 0
