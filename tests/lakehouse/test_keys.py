"""The keys: made once, private, and refused when they are not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from lakehouse import keys
from lakehouse.cli import main
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, site=tmp_path / "site", keys=tmp_path / "keys")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_keys_are_private_and_differ(settings: Settings) -> None:
    made = keys.init(settings)
    assert [path.name for path in made] == ["token.key", "seal.key"]
    assert mode(settings.keys) == 0o700
    assert [mode(path) for path in made] == [0o600, 0o600]
    assert len(keys.token_key(settings)) == len(keys.seal_key(settings)) == 32
    assert keys.token_key(settings) != keys.seal_key(settings)
    assert sorted(path.name for path in settings.keys.iterdir()) == ["seal.key", "token.key"]


def test_a_key_is_never_replaced(settings: Settings) -> None:
    keys.init(settings)
    before = keys.token_key(settings)
    (settings.keys / "seal.key").unlink()
    assert [path.name for path in keys.init(settings)] == ["seal.key"]
    assert keys.token_key(settings) == before


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_reach_is_refused(settings: Settings, bits: int) -> None:
    keys.init(settings)
    (settings.keys / "token.key").chmod(bits)
    with pytest.raises(LakehouseError) as error:
        keys.token_key(settings)
    assert error.value.code == "KEYS-002"
    assert "chmod 600" in error.value.do


def test_a_folder_of_keys_that_others_can_enter_is_refused(settings: Settings) -> None:
    keys.init(settings)
    settings.keys.chmod(0o755)
    with pytest.raises(LakehouseError) as error:
        keys.seal_key(settings)
    assert error.value.code == "KEYS-002"


@pytest.mark.parametrize("text", ["", "00" * 31, "not hexadecimal " * 8, "é" * 64])
def test_a_key_that_is_short_or_garbled_is_refused_and_not_shown(settings: Settings, text: str) -> None:
    keys.init(settings)
    (settings.keys / "token.key").write_text(text, encoding="utf-8")
    with pytest.raises(LakehouseError) as error:
        keys.token_key(settings)
    assert error.value.code == "KEYS-003"
    assert not text or text not in str(error.value)


def test_a_missing_key_says_how_to_make_it(settings: Settings) -> None:
    with pytest.raises(LakehouseError) as error:
        keys.check(settings)
    assert error.value.code == "KEYS-001"
    assert "lakehouse keys init" in error.value.do


def test_the_command_makes_keys_once_and_checks_them(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(settings.home))
    monkeypatch.setenv("LAKEHOUSE_KEYS", str(settings.keys))
    first, second, check = (CliRunner().invoke(main, ["keys", word]) for word in ("init", "init", "check"))
    assert "token.key" in first.output
    assert "nothing was changed" in second.output
    assert check.exit_code == 0
    key = keys.token_key(settings).hex()
    assert key not in first.output + second.output + check.output
