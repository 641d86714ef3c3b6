"""The search finds what plain Python finds, wherever it stands."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.canaries.keep import Keeper, keeping, temporary_folder
from tests.canaries.needles import Identifier, in_base64, patterns
from tests.canaries.search import PIECE, Search

# Few different bytes, so that patterns overlap and begin like each other.
narrow = st.lists(st.sampled_from(b"ab0"), min_size=6, max_size=9).map(bytes)


@settings(deadline=None)
@given(st.sets(narrow, min_size=1, max_size=20), st.lists(st.sampled_from(b"ab0"), max_size=200).map(bytes))
def test_the_search_finds_what_python_finds(needles: set[bytes], data: bytes) -> None:
    search = Search({needle: needle.decode() for needle in needles}, {})
    assert search.found_in(data) == {needle.decode() for needle in needles if needle in data}
    assert search.found_in_all([data[:9], data]) == search.found_in(data)


def test_a_pattern_is_found_across_the_border_of_two_pieces() -> None:
    search = Search({b"needle-77": "it"}, {})
    for start in range(PIECE - 12, PIECE + 3):
        assert search.found_in(b"." * start + b"needle-77") == {"it"}


@settings(deadline=None)
@given(st.binary(min_size=9, max_size=30), st.binary(max_size=7), st.binary(max_size=5))
def test_a_base64_pattern_stands_in_the_base64_of_anything_around(content: bytes, before: bytes, after: bytes) -> None:
    plain, for_addresses = in_base64(content, len(before) % 3)
    assert plain in base64.b64encode(before + content + after)
    assert for_addresses in base64.urlsafe_b64encode(before + content + after)


def test_every_pattern_is_long_enough_not_to_turn_up_by_chance() -> None:
    assert (
        min(
            len(pattern) for pattern in patterns([Identifier("a name", "逯鱻靐"), Identifier("a phone", "19200000000")])
        )
        >= 6
    )


def test_a_file_that_lived_for_a_moment_is_kept(tmp_path: Path) -> None:
    """Written and removed by another process, in a folder made a moment before."""
    script = """
import os, sys, time
folder = os.path.join(sys.argv[1], "new", "deeper")
os.makedirs(folder)
time.sleep(0.5)
for number in range(20):
    path = os.path.join(folder, f"spill-{number}")
    with open(path, "wb") as stream:
        stream.write(b"what was spilled %d" % number)
        time.sleep(0.02)
    os.remove(path)
"""
    with keeping([tmp_path / "run"], tmp_path / "kept") as keeper:
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], check=True)
    kept = {path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert kept == {b"what was spilled %d" % number for number in range(20)}
    assert (keeper.vanished, keeper.lost) == (set(), False)


def test_a_file_with_another_name_is_kept_and_one_that_is_gone_is_told(tmp_path: Path) -> None:
    """Both are out of their first place when the kernel's word of them is taken."""
    run, kept = tmp_path / "run", tmp_path / "kept"
    run.mkdir()
    kept.mkdir()
    keeper = Keeper(kept)
    keeper.watch(run)
    for number in range(20):
        path = run / f"{number}.tmp"
        path.write_text(str(number))
        path.rename(path.with_suffix(".done"))
    (run / ".part").mkdir()
    keeper.take_events(0)
    (run / ".part" / "20").write_text("20")
    (run / ".part").rename(run / "whole")
    removed = {run / f"{number}.gone" for number in range(20)}
    for path in removed:
        path.touch()
        path.unlink()
    keeper.take_events(0)
    assert {path.read_text() for path in kept.iterdir()} == {str(number) for number in range(21)}
    assert keeper.vanished == removed
    keeper.close()


def test_a_file_that_stays_is_not_kept_twice(tmp_path: Path) -> None:
    with keeping([tmp_path / "run"], tmp_path / "kept"), temporary_folder(tmp_path / "run" / "tmp") as folder:
        (folder / "stays").write_text("a")
    assert list((tmp_path / "kept").iterdir()) == []
