"""A file or folder is there whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lakehouse.files import folder_whole, read_json, write_json, write_whole


def test_a_written_file_holds_the_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", b"new")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"
    assert os.listdir(tmp_path / "a") == ["b.txt"]


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.txt"
    write_whole(path, b"old")

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match=r"No space left on device: '.*/b.txt'"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_private_file_is_private_from_the_start(tmp_path: Path) -> None:
    write_whole(tmp_path / "key", b"secret", mode=0o600)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_equal_values_are_equal_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "one", {"b": 1, "a": "门诊"})
    write_json(tmp_path / "two", {"a": "门诊", "b": 1})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert read_json(tmp_path / "one") == {"a": "门诊", "b": 1}
    assert "门诊".encode() in (tmp_path / "one").read_bytes()


def test_a_folder_appears_only_when_it_is_filled(tmp_path: Path) -> None:
    target = tmp_path / "landing" / "point"
    with folder_whole(target) as part:
        (part / "rows").write_text("1")
        assert not target.exists()
    assert (target / "rows").read_text() == "1"
    assert os.listdir(target.parent) == ["point"]


def test_a_folder_that_cannot_be_filled_leaves_nothing(tmp_path: Path) -> None:
    def fill_halfway() -> None:
        with folder_whole(tmp_path / "point") as part:
            (part / "rows").write_text("1")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        fill_halfway()
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_of_the_same_number_left_is_not_taken_over(tmp_path: Path) -> None:
    left = tmp_path / f".point.{os.getpid()}"
    left.mkdir()
    (left / "stale").write_text("1")
    with folder_whole(tmp_path / "point") as part:
        (part / "rows").write_text("1")
    assert os.listdir(tmp_path / "point") == ["rows"]
