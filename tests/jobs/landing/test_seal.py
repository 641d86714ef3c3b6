"""Sealed originals come back exactly, only under their key, and not at all once anything was changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import seal
from lakehouse.errors import LakehouseError

KEY = bytes(range(32))
FILES = {"manifest.json": b"{}", "person.csv": "扎西卓玛,632701198005123019\n".encode() * 3, "empty.csv": b""}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "P001" / "x.sealed"
    seal.seal(path, KEY, "P001/x", iter(FILES.items()))
    return path


def test_what_was_sealed_comes_back(sealed: Path) -> None:
    assert seal.open_sealed(sealed, KEY) == FILES


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.binary(max_size=200), max_size=5), st.integers(1, 64))
def test_any_files_come_back_however_they_are_cut_into_chunks(files: dict[str, bytes], chunk: int) -> None:
    from tempfile import TemporaryDirectory

    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(seal, "CHUNK", chunk)
        seal.seal(Path(folder) / "x", KEY, "P001/x", iter(files.items()))
        assert seal.open_sealed(Path(folder) / "x", KEY) == files


def test_files_of_more_than_one_chunk_come_back(tmp_path: Path) -> None:
    files = {"a": os.urandom(seal.CHUNK + 1), "b": b"x" * (3 * seal.CHUNK)}
    seal.seal(tmp_path / "x", KEY, "P001/x", iter(files.items()))
    assert seal.open_sealed(tmp_path / "x", KEY) == files
    assert (tmp_path / "x").stat().st_size < 2 * seal.CHUNK


def test_only_the_owner_can_read_it_and_nothing_stands_in_clear(sealed: Path) -> None:
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    content = sealed.read_bytes()
    assert b"P001/x" in content
    for part in ("扎西卓玛".encode(), b"632701", b"person.csv"):
        assert part not in content


def test_the_same_files_are_sealed_differently_each_time(sealed: Path, tmp_path: Path) -> None:
    seal.seal(tmp_path / "again", KEY, "P001/x", iter(FILES.items()))
    assert (tmp_path / "again").read_bytes() != sealed.read_bytes()


@pytest.mark.parametrize("damage", ["change", "cut", "append"])
def test_any_damage_is_found(sealed: Path, damage: str) -> None:
    content = sealed.read_bytes()
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        sealed.write_bytes({"change": changed, "cut": content[:place], "append": content + content[place:]}[damage])
        with pytest.raises(LakehouseError) as error:
            seal.open_sealed(sealed, KEY)
        assert error.value.code == "SEAL-002"


def test_chunks_cannot_change_places_or_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "CHUNK", 16)
    path = tmp_path / "x"
    seal.seal(path, KEY, "P001/x", iter({"a": bytes(range(100))}.items()))
    content = path.read_bytes()
    start = len(seal.MAGIC) + seal.LENGTH.size + seal.LENGTH.unpack_from(content, len(seal.MAGIC))[0]
    frames, place = [], start
    while place < len(content):
        end = place + seal.LENGTH.size + seal.LENGTH.unpack_from(content, place)[0]
        frames.append(content[place:end])
        place = end
    assert len(frames) > 4
    for changed in ([frames[1], frames[0], *frames[2:]], frames[:-1], frames[1:], [*frames, frames[-1]]):
        path.write_bytes(content[:start] + b"".join(changed))
        with pytest.raises(LakehouseError):
            seal.open_sealed(path, KEY)


def test_another_key_opens_nothing(sealed: Path) -> None:
    with pytest.raises(LakehouseError) as error:
        seal.open_sealed(sealed, KEY[::-1])
    assert error.value.code == "SEAL-002"


def test_what_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError) as error:
        seal.open_sealed(tmp_path / "x.sealed", KEY)
    assert error.value.code == "SEAL-001"


def test_a_failure_leaves_the_old_file_and_nothing_else(sealed: Path) -> None:
    def torn() -> object:
        yield "a", b"1"
        raise RuntimeError("torn")

    before = sealed.read_bytes()
    with pytest.raises(RuntimeError):
        seal.seal(sealed, KEY, "P001/x", torn())
    assert [path.name for path in sealed.parent.iterdir()] == ["x.sealed"]
    assert sealed.read_bytes() == before
