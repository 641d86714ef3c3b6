"""Set-up: done once, again when something changed, never half believed; what stands in its way is one sentence."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lakehouse import bootstrap, debian, java
from lakehouse.errors import LakehouseError

ROOT = Path(__file__).resolve().parents[2]

# A uv that writes down what it is asked, makes an interpreter that does nothing, and fails where a test wants it to.
UV = """#!/bin/sh
echo "$@" >> {root}/asked
if [ "$1" = "$(cat {root}/fails 2>/dev/null)" ] || [ "$2" = "$(cat {root}/fails 2>/dev/null)" ]; then
  echo "  × it does not resolve" >&2; exit 1
fi
if [ "$1" = venv ]; then
  for folder; do :; done
  mkdir -p "$folder/bin"; printf '#!/bin/sh\nexit 0\n' > "$folder/bin/python"; chmod +x "$folder/bin/python"
fi
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the inputs of set-up, a package, and a uv that only pretends."""
    root = tmp_path / "checkout"
    for name in (*bootstrap.INPUTS, "lakehouse/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(UV.format(root=root))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr(java, "install", lambda: Path("java"))
    return root


def asked(root: Path) -> list[str]:
    """What uv was asked since the last time, without the options."""
    path = root / "asked"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [re.split(r" -", line)[0] for line in lines]


WHOLE = ["venv", "pip sync", "pip install"]


def test_a_first_set_up_makes_the_environment_and_a_second_does_nothing(checkout: Path) -> None:
    assert bootstrap.set_up(checkout)
    assert asked(checkout) == WHOLE
    assert not bootstrap.set_up(checkout)
    assert asked(checkout) == []


def test_packages_are_installed_only_with_their_hashes(checkout: Path) -> None:
    bootstrap.set_up(checkout)
    sync = next(line for line in (checkout / "asked").read_text().splitlines() if line.startswith("pip sync"))
    assert "--require-hashes" in sync
    assert sync.endswith("requirements/lakehouse.txt")


@pytest.mark.parametrize("name", bootstrap.INPUTS)
def test_a_changed_input_sets_up_again_in_the_same_environment(checkout: Path, name: str) -> None:
    bootstrap.set_up(checkout)
    asked(checkout)
    (checkout / name).write_text((checkout / name).read_text() + "\n")
    assert bootstrap.set_up(checkout)
    assert asked(checkout) == ["pip sync", "pip install"]


def test_a_new_package_sets_up_again(checkout: Path) -> None:
    bootstrap.set_up(checkout)
    (checkout / "dashboards").mkdir()
    (checkout / "dashboards" / "__init__.py").touch()
    assert not bootstrap.is_current(checkout)


def test_a_moved_checkout_sets_up_again(checkout: Path) -> None:
    bootstrap.set_up(checkout)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert not bootstrap.is_current(moved)


def test_an_environment_without_interpreter_is_made_again(checkout: Path) -> None:
    bootstrap.set_up(checkout)
    asked(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert bootstrap.set_up(checkout)
    assert asked(checkout) == WHOLE


@pytest.mark.parametrize(("step", "code"), [("venv", "SETUP-003"), ("sync", "SETUP-004"), ("install", "SETUP-005")])
def test_a_step_that_fails_is_a_sentence_and_is_done_again(checkout: Path, step: str, code: str) -> None:
    (checkout / "fails").write_text(step)
    with pytest.raises(LakehouseError, match=rf"^{code}: .*\(it does not resolve\).*`make setup`"):
        bootstrap.set_up(checkout)
    (checkout / "fails").unlink()
    assert bootstrap.set_up(checkout)


def test_missing_java_leaves_the_set_up_unfinished(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise LakehouseError("JAVA-001", "No Java.")

    monkeypatch.setattr(java, "install", none)
    with pytest.raises(LakehouseError, match="JAVA-001"):
        bootstrap.set_up(checkout)
    assert not bootstrap.is_current(checkout)


def test_jars_that_cannot_be_fetched_leave_the_set_up_unfinished(checkout: Path) -> None:
    bootstrap.set_up(checkout)
    (checkout / ".venv" / "stamp").unlink()
    # It still answers which version it is, as the interpreter of the environment; only the jars fail.
    script = '#!/bin/sh\ntest "$1" = -c && exit 0\necho "JARS-002: No network." >&2\nexit 2\n'
    (checkout / ".venv" / "bin" / "python").write_text(script)
    with pytest.raises(LakehouseError, match=r"SETUP-006: The jars are not in place\. JARS-002: No network\."):
        bootstrap.set_up(checkout)
    assert not bootstrap.is_current(checkout)


@pytest.mark.parametrize(("version", "chosen"), [((3, 11, 2), sys.executable), ((3, 13, 0), "3.11")])
def test_another_python_lets_uv_look_for_the_right_one(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], chosen: str
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    bootstrap.set_up(checkout)
    assert f"--python {chosen} " in (checkout / "asked").read_text().splitlines()[0]


def test_without_uv_a_private_one_is_installed_with_hashes(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(
        bootstrap,
        "_run",
        lambda *parts, failing: commands.append(" ".join(str(word) for part in parts for word in part)),
    )
    assert bootstrap._find_uv(checkout) == str(checkout / ".uv" / "bin" / "uv")
    assert "-m venv" in commands[0]
    assert "pip install -q --require-hashes" in commands[1]
    assert commands[1].endswith("requirements/uv.txt")


def test_a_private_uv_is_used_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    private = checkout / ".uv" / "bin" / "uv"
    private.parent.mkdir(parents=True)
    private.touch()
    assert bootstrap._find_uv(checkout) == str(private)


def test_debian_s_python_gets_the_package_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian ships a Python whose `venv` fails until python3-venv is there."""
    program = tmp_path / "python3"
    program.write_text(f"#!/bin/sh\ntest -e {tmp_path}/python3-venv\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(debian, "can_install", lambda: False)
    with pytest.raises(LakehouseError, match=r"SETUP-001.*python3-venv"):
        bootstrap._make_private_environment(tmp_path / ".uv")
    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "install", lambda package: (tmp_path / package).touch() or True)
    bootstrap._make_private_environment(tmp_path / ".uv")


@pytest.mark.parametrize("error", [LakehouseError("SETUP-003", "No Python."), PermissionError("denied")])
def test_the_program_ends_with_one_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(root: Path) -> bool:
        raise error

    monkeypatch.setattr(bootstrap, "set_up", fails)
    assert bootstrap.main([]) == 2
    said = capsys.readouterr().err
    assert re.match(r"SETUP-00[37]: ", said)
    assert said.count("\n") == 1


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_asked_for_help_it_says_what_it_does_and_does_nothing(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(bootstrap, "set_up")
    assert bootstrap.main([word]) == 0
    assert capsys.readouterr().out.startswith("Set the project up from nothing: ")


@pytest.mark.parametrize("words", [["lcok"], ["lock", "superset"], ["--force"]])
def test_a_word_that_it_does_not_know_is_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("lock", "set_up", "set_up_superset"):
        monkeypatch.delattr(bootstrap, name)
    assert bootstrap.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"SETUP-010: Set-up does not know `{' '.join(words)}`. ")
    assert said.count("\n") == 1


def test_locking_resolves_into_the_pinned_file_without_addresses(checkout: Path) -> None:
    bootstrap.lock(checkout)
    line = (checkout / "asked").read_text()
    assert line.startswith("pip compile ")
    assert "--generate-hashes" in line
    assert "--no-emit-index-url" in line
    assert f"-o {checkout}/requirements/lakehouse.txt" in line


@pytest.mark.parametrize("name", ["lakehouse.txt", "uv.txt"])
def test_every_pin_has_a_hash_and_no_address_or_path(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^(\S+)==(\S+) \\\n(    --hash=sha256:[0-9a-f]{64}(?: \\\n|\n))+", text, re.MULTILINE)
    assert len(pins) == text.count("==") >= 1
    assert not re.search(r"://|(?<![\w])/|\bfile:|--index|--find-links", text)


def test_the_pins_are_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    text = (ROOT / "requirements" / "lakehouse.txt").read_text()
    pins = {canonicalize_name(name): version for name, version in re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE)}
    assert len(wanted) > 20
    assert [str(one) for one in wanted if pins.get(canonicalize_name(one.name), "") not in one.specifier] == []


def test_make_sets_up_again_when_an_input_changed() -> None:
    rule = re.search(r"^\$\(STAMP\): (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    assert rule[1].split() == list(bootstrap.INPUTS)
