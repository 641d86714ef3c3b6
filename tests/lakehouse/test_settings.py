"""Where things lie follows from three variables of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from lakehouse.commands.keys import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAKEHOUSE_HOME", "LAKEHOUSE_SITE", "LAKEHOUSE_KEYS"):
        monkeypatch.delenv(name, raising=False)


def test_without_variables_everything_lies_under_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / ".lakehouse"
    assert from_environment() == Settings(home=home, site=home / "province" / "site", keys=home / "keys")


def test_site_and_keys_follow_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path))
    assert from_environment() == Settings(home=tmp_path, site=tmp_path / "province" / "site", keys=tmp_path / "keys")


def test_site_and_keys_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAKEHOUSE_SITE", str(tmp_path / "site"))
    monkeypatch.setenv("LAKEHOUSE_KEYS", str(tmp_path / "vault"))
    settings = from_environment()
    assert (settings.site, settings.keys) == (tmp_path / "site", tmp_path / "vault")


def test_paths_stay_valid_when_the_working_folder_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAKEHOUSE_HOME", "state")
    settings = from_environment()
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "state"


def test_everything_that_is_written_lies_under_the_home_and_apart(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, site=Path("/site"), keys=Path("/keys"))
    names = [name for name, kind in vars(Settings).items() if isinstance(kind, property)]
    places = [getattr(settings, name) for name in names]
    assert {"landing", "sealed", "lake", "ledger", "publications", "serving", "run", "docs"} <= set(names)
    assert all(place.is_relative_to(tmp_path) for place in places)
    assert not any(one != other and one.is_relative_to(other) for one in places for other in places)


@pytest.mark.parametrize("name", ["LAKEHOUSE_HOME", "LAKEHOUSE_SITE", "LAKEHOUSE_KEYS"])
@pytest.mark.parametrize(
    "address", ["s3a://bucket/lake", "S3://bucket", "hdfs://name:8020/lake", "file:///lake", "abfs:/deep/lake"]
)
def test_an_address_is_no_path_and_is_not_shown(name: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, address)
    with pytest.raises(LakehouseError, match=f"HOME-001: {name}") as refused:
        from_environment()
    assert address.partition("/")[2].strip("/") not in str(refused.value)
    monkeypatch.setenv(name, "lake:1")  # Control: a path may hold a colon.
    from_environment()


def test_a_command_with_an_object_store_as_its_home_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAKEHOUSE_HOME", "s3a://bucket/lake")
    done = CliRunner().invoke(keys, ["init"])
    assert isinstance(done.exception, LakehouseError)
    assert list(tmp_path.iterdir()) == []
