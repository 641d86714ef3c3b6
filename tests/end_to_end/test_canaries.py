"""No identifier of a planted patient stands in anything that a night has written, in no shape and no layer of any file.

Before that is believed, one identifier is planted in every format and every encoding, and must be found.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.canaries.controls import plant, plant_number
from tests.canaries.decoders import LAYERS
from tests.canaries.keep import keeping
from tests.canaries.needles import IDENTIFIERS, Identifier, numbers, patterns, planted
from tests.canaries.scan import Report, scan
from tests.canaries.search import Search
from tests.end_to_end.conftest import BuiltNight

# By place among the folders: the file by which Python tries whether it may write, in the folder of temporary files; parts of a
# shuffle, which Spark joins into one file, in its own; and everywhere commits, which get a second name before they lose this one.
ELSEWHERE = (r"[a-z0-9_]{8}", r"temp_shuffle_[0-9a-f-]+")
COMMIT = r"\d+\.json#\d+"
# No planted patient's: what holds the control lies about while those are searched for.
NAME = Identifier("the control", "逯𩽾龘𠀀")
PHONE = Identifier("the number", "19299999999")


@pytest.fixture(scope="module")
def control() -> Search:
    return Search(patterns([NAME]), numbers([PHONE]))


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Files that hold the control, with the layer that shows it."""
    folder = tmp_path_factory.mktemp("controls")
    return {**plant(folder, NAME.text), plant_number(folder, PHONE.text): "Parquet values"}


def not_found(report: Report, controls: dict[Path, str]) -> dict[Path, str]:
    """The controls that a search did not find where they must be found."""
    found = {(each.path, each.layer) for each in report.found}
    return {path: layer for path, layer in controls.items() if (path, layer) not in found}


def test_the_control_is_found_in_every_format_and_encoding(control: Search, controls: dict[Path, str]) -> None:
    folder = next(iter(controls)).parent
    report = scan(control, [folder], processes=0)
    assert not_found(report, controls) == {}
    assert report.unreadable == []
    assert len(controls) > 200


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_without_a_decoder_its_controls_are_not_found(layer: str, control: Search, controls: dict[Path, str]) -> None:
    """So each decoder does something that no other does."""
    folder = next(iter(controls)).parent
    some = {path: of for path, of in controls.items() if "utf-8-hex" in path.name or "text" in str(path)}
    report = scan(control, [folder], layers=LAYERS - {layer}, processes=0)
    missed = not_found(report, some)
    assert missed
    assert all(layer in of for of in missed.values())


def test_what_the_engine_spills_is_read(
    spark: SparkSession, control: Search, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows that hold the control are shuffled; the search reads the blocks in which they lay on the disk."""
    spill = Path(str(spark.conf.get("spark.local.dir")))
    kept = tmp_path_factory.mktemp("shuffled")
    with keeping([spill], kept):
        rows = spark.sql(f"select id, '{NAME.text}' as name from range(2000)")
        assert rows.repartition(3, "id").groupBy("name").count().collect()[0]["count"] == 2000
        report = scan(control, [spill, kept], processes=0)
    assert "LZ4: bytes" in {each.layer for each in report.found}


@pytest.fixture(scope="module")
def searched(built_night: BuiltNight) -> Report:
    """Everything that the nights wrote, temporary and spill files included; see tests/end_to_end/conftest.py."""
    identifiers = planted(built_night.province / "truth" / "canaries.parquet")
    assert not {NAME.text, PHONE.text} & {each.text for each in identifiers}
    written = [built_night.settings.home, *built_night.beside]
    return scan(Search(patterns(identifiers), numbers(identifiers)), written, skip=[built_night.province])


def test_no_identifier_stands_in_anything_that_was_written(searched: Report) -> None:
    assert {(str(each.path), each.layer) for each in searched.found} == set()


def test_everything_that_was_written_was_read(searched: Report) -> None:
    """Every kind of file was met, and none that stayed was unreadable; one that was removed may have been unfinished."""
    expected = {"JSON", "HTML", "Parquet values", "Parquet dictionaries", "Parquet footer", "DuckDB", "LZ4: bytes"}
    assert expected <= searched.layers.keys()
    stayed = [(str(path), layer) for path, layer, _ in searched.unreadable if "~" not in path.name]
    assert stayed == []


def test_nothing_that_the_nights_wrote_escaped_the_search(built_night: BuiltNight) -> None:
    """The engine's log was there to be read, and what was removed too soon to be kept stands in files that were read."""
    places = dict(zip(built_night.beside, ELSEWHERE, strict=False))
    assert [(folder / "spark.log").is_file() for folder in places] == [False, True]
    assert not built_night.keeper.lost
    escaped = set()
    for path in built_night.keeper.vanished:
        known = [name for folder, name in places.items() if path.is_relative_to(folder)]
        escaped |= set() if re.fullmatch("|".join([COMMIT, *known]), path.name) else {str(path)}
    assert escaped == set()


def test_the_same_search_finds_every_planted_identifier_in_what_was_offered(built_night: BuiltNight) -> None:
    identifiers = planted(built_night.province / "truth" / "canaries.parquet")
    report = scan(Search(patterns(identifiers), numbers(identifiers)), [built_night.province / "offers"])
    found = {each.what.rpartition(",")[0] for each in report.found}
    wanted = {f"patient {number} {column}" for number in range(50) for column in IDENTIFIERS}
    assert wanted - found == set()
