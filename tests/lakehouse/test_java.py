"""Java 17 is found where it is, another version is not taken for it, and its absence is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse import debian, java
from lakehouse.errors import LakehouseError


def runtime(folder: Path, version: str, status: int = 0) -> Path:
    """A folder like a Java runtime's, whose `java -version` says a version."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"""#!/bin/sh\necho 'openjdk version "{version}" 2025-01-01' >&2\nexit {status}\n""")
    program.chmod(0o755)
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Java; the folder is where the system would keep its runtimes."""
    system = tmp_path / "jvm"
    system.mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    monkeypatch.setattr(java, "SYSTEM_RUNTIMES", system)
    return system


def test_the_java_of_java_home_is_found_first(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime(empty / "java-17-openjdk", "17.0.1")
    chosen = runtime(tmp_path / "chosen", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(chosen))
    assert java.java_home() == chosen


def test_the_java_on_the_path_is_followed_to_its_home(empty: Path, tmp_path: Path) -> None:
    home = runtime(tmp_path / "home", "17.0.15")
    (tmp_path / "path" / "bin").mkdir(parents=True)
    (tmp_path / "path" / "bin" / "java").symlink_to(home / "bin" / "java")
    assert java.java_home() == home


def test_another_version_is_passed_over(empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(runtime(tmp_path / "new", "25.0.1")))
    wanted = runtime(empty / "java-17-openjdk", "17.0.15")
    assert java.java_home() == wanted


@pytest.mark.parametrize("said", ["1.8.0_402", "21.0.2", "11.0.17", "170.0.1"])
def test_a_folder_is_judged_by_what_it_runs_not_by_its_name(empty: Path, said: str) -> None:
    runtime(empty / "java-17-openjdk", said)
    with pytest.raises(LakehouseError, match="JAVA-001: No Java 17 runtime was found"):
        java.java_home()


def test_a_java_that_fails_is_none(tmp_path: Path) -> None:
    assert java.java_version(runtime(tmp_path / "broken", "17.0.1", status=1)) is None
    assert java.java_version(tmp_path / "absent") is None
    assert java.java_version(runtime(tmp_path / "sound", "17.0.1")) == 17


def test_installing_where_nothing_may_be_installed_says_what_to_install(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "can_install", lambda: False)
    with pytest.raises(LakehouseError, match=r"JAVA-001.*openjdk-17-jre-headless"):
        java.install()


def test_installing_adds_the_system_s_package_and_finds_it(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(package: str) -> bool:
        runtime(empty / package, "17.0.15")
        return True

    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "install", install)
    assert java.install() == empty / "openjdk-17-jre-headless"


def test_a_package_that_cannot_be_installed_is_a_sentence(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "install", lambda package: False)
    with pytest.raises(LakehouseError, match=r"JAVA-002.*apt-get install openjdk-17-jre-headless"):
        java.install()


def test_a_java_that_is_there_is_not_installed_again(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = runtime(empty / "java-17", "17.0.2")
    monkeypatch.setattr(debian, "install", lambda package: pytest.fail("nothing needed to be installed"))
    assert java.install() == home


def test_this_machine_has_its_java() -> None:
    assert java.java_version(java.java_home()) == java.VERSION


def test_apt_is_asked_to_update_before_it_installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "apt-get"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/said\ntest "$3" != --no-install-recommends -o "$4" = good\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert debian.install("good")
    assert not debian.install("bad")
    assert (tmp_path / "said").read_text().splitlines()[:2] == ["update", "install -y --no-install-recommends good"]


def test_only_root_with_apt_may_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not debian.can_install()
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert debian.can_install()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not debian.can_install()
