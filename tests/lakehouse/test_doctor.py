"""The doctor finds what is wrong with a machine, says how to mend it, and fails only where a night would."""

from __future__ import annotations

import json
import locale
import shutil
import sys
import zoneinfo
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from lakehouse import jars, java, keys
from lakehouse.cli import main
from lakehouse.commands import doctor
from lakehouse.commands.doctor import FAIL, GIB, OK, WARN
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment

SUBJECTS = ["python", "packages", "java", "jars", "disk", "memory", "gb18030", "locale", "zone", "rights", "keys"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a deployment with both keys."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    monkeypatch.delenv("LAKEHOUSE_KEYS", raising=False)
    keys.init(from_environment())
    return tmp_path


def test_on_this_machine_nothing_fails_and_every_subject_has_a_line(home: Path) -> None:
    result = CliRunner().invoke(doctor.doctor)
    lines = [line.split() for line in result.output.splitlines()]
    assert [words[1] for words in lines] == SUBJECTS
    assert {words[0] for words in lines} <= {OK, WARN}
    assert result.exit_code == 0


def test_json_says_the_same(home: Path) -> None:
    result = CliRunner().invoke(doctor.doctor, ["--json"])
    findings = json.loads(result.output)
    assert [finding["subject"] for finding in findings] == SUBJECTS
    assert {"subject", "state", "says", "mend"} == set(findings[0])


def test_a_failure_exits_1_and_says_how_to_mend_it(home: Path) -> None:
    (home / "keys" / "seal.key").chmod(0o640)
    result = CliRunner().invoke(doctor.doctor)
    assert result.exit_code == 1
    path = home / "keys" / "seal.key"
    assert f"fail  keys      Others may read a key. ({path}) Run `chmod 600 {path}`." in result.output


def test_a_warning_exits_0(home: Path) -> None:
    (home / "keys" / "token.key").unlink()
    result = CliRunner().invoke(doctor.doctor)
    assert result.exit_code == 0
    path = home / "keys" / "token.key"
    assert f"warn  keys      A key is missing. ({path}) Run `lakehouse keys init`." in result.output


def spoil(place: Path) -> None:
    """Leave something in a file that is no key."""
    place.write_text("no hexadecimal digits")


@pytest.mark.parametrize(
    ("name", "change", "state"),
    [
        (".", lambda place: None, OK),
        ("seal.key", lambda place: place.chmod(0o400), OK),
        (".", lambda place: place.chmod(0o755), FAIL),
        ("token.key", lambda place: place.chmod(0o604), FAIL),
        ("seal.key", spoil, FAIL),
        ("seal.key", Path.unlink, WARN),
    ],
)
def test_it_says_of_keys_what_their_own_check_says(
    home: Path, name: str, change: Callable[[Path], None], state: str
) -> None:
    change(home / "keys" / name)
    finding = doctor.keys(from_environment())
    assert finding.state == state
    checked = CliRunner().invoke(main, ["keys", "check"])
    assert (checked.exception is None) == (state == OK)
    if state != OK:
        assert str(checked.exception).partition(": ")[2] == f"{finding.says} {finding.mend}"


def test_keys_of_somebody_else_fail(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(settings: Settings) -> None:
        raise PermissionError(13, "Permission denied", str(settings.keys / "token.key"))

    monkeypatch.setattr(keys, "check", refuse)
    finding = doctor.keys(from_environment())
    assert finding.state == FAIL
    assert "Permission denied" in finding.says


def test_the_content_of_keys_is_never_shown(home: Path) -> None:
    (home / "keys" / "token.key").write_text("zzsecretzz")
    assert "zzsecretzz" not in CliRunner().invoke(doctor.doctor, ["--json"]).output


def test_another_python_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 1))
    assert doctor.python().state == FAIL


def test_a_package_that_differs_from_its_pin_fails_by_name(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("click==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n    --hash=sha256:00\n")
    finding = doctor.packages(pins)
    assert finding.state == FAIL
    assert finding.says.startswith("2 of 2 packages differ: click ")
    assert "no-such-package missing instead of 1.0" in finding.says


def test_without_a_list_of_pins_it_warns(tmp_path: Path) -> None:
    assert doctor.packages(tmp_path / "absent").state == WARN


def test_missing_java_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise LakehouseError("JAVA-001", "No Java.", do="Install it.")

    monkeypatch.setattr(java, "java_home", none)
    assert doctor.java_runtime() == doctor.Finding("java", FAIL, "No Java.", "Install it.")


def test_a_jar_of_the_right_size_with_another_content_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in jars.jar_paths():
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(jars, "folder", lambda: tmp_path)
    assert doctor.delta_jars().state == OK
    damaged = tmp_path / jars.JARS[0].file
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert jars.jar_paths()
    assert doctor.delta_jars().says == f"Missing or damaged: {jars.JARS[0].file}."


@pytest.mark.parametrize(("free", "state"), [(1, FAIL), (2, WARN), (19, WARN), (20, OK)])
def test_little_disk_warns_and_none_fails(
    free: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, free * GIB))
    finding = doctor.disk(tmp_path / "not" / "yet")
    assert finding.state == state
    assert bool(finding.mend) == (state != OK)


@pytest.mark.parametrize(("size", "state"), [(3, FAIL), (4, WARN), (7, WARN), (8, OK)])
def test_little_memory_warns_and_too_little_fails(size: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "memory_size", lambda: size * GIB)
    assert doctor.memory().state == state


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    whole = doctor.memory_size(limit)
    limit.write_text("max\n")
    assert doctor.memory_size(limit) == whole
    limit.write_text("1048576\n")
    assert doctor.memory_size(limit) == 1_048_576


def test_a_locale_that_is_not_utf8_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getpreferredencoding", lambda do_setlocale: "GB18030")
    finding = doctor.locale_encoding()
    assert (finding.state, finding.mend) == (FAIL, "Set LANG=C.UTF-8.")


def unknown(name: str) -> zoneinfo.ZoneInfo:
    """Zone data without Asia/Shanghai."""
    raise zoneinfo.ZoneInfoNotFoundError(name)


def without_summer_time(name: str) -> zoneinfo.ZoneInfo:
    """Zone data that know no summer time of 1986 to 1991, as trimmed ones do."""
    return zoneinfo.ZoneInfo("Etc/GMT-8")


@pytest.mark.parametrize("data", [unknown, without_summer_time])
def test_zone_data_without_beijing_s_summer_time_fail(
    data: Callable[[str], zoneinfo.ZoneInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ZoneInfo", data)
    assert doctor.beijing_time().state == FAIL


def test_a_home_that_cannot_be_written_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    finding = doctor.rights(tmp_path)
    assert finding.state == FAIL
    assert "Permission denied" in finding.says


def test_looking_leaves_nothing_behind(home: Path) -> None:
    before = sorted(home.rglob("*"))
    CliRunner().invoke(doctor.doctor)
    assert sorted(home.rglob("*")) == before
