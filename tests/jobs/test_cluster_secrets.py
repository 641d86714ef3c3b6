"""Secrets of a deployment in containers: random, private, made once, and consistent with each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

from jobs import cluster_secrets
from jobs.transports.connections import from_environment
from lakehouse import keys
from lakehouse.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cluster_secrets.make(tmp_path / "secrets")
    return tmp_path / "secrets"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_their_owner_reads_them(folder: Path) -> None:
    assert len(files(folder)) > 10
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {folder.stat().st_mode & 0o777, (folder / "keys").stat().st_mode & 0o777} == {0o700}


def test_two_deployments_have_no_secret_in_common(folder: Path, tmp_path: Path) -> None:
    cluster_secrets.make(tmp_path / "other")
    shared = set(files(folder).values()) & set(files(tmp_path / "other").values())
    assert shared == {b""}, "that of mail, which is still to be written"


def test_a_secret_that_is_there_is_never_replaced(folder: Path) -> None:
    before = files(folder)
    assert cluster_secrets.make(folder) == []
    (folder / "spark_secret").unlink()
    assert cluster_secrets.make(folder) == [folder / "spark_secret"]
    after = files(folder)
    assert {name for name in before if before[name] != after[name]} == {"spark_secret"}


def test_those_that_belong_together_fit(folder: Path) -> None:
    told = make_url((folder / "airflow_database").read_text())
    assert told.password == (folder / "database_password").read_text()
    assert (told.drivername, told.host, told.username) == ("postgresql+psycopg", "database", "airflow")
    Fernet((folder / "airflow_fernet_key").read_bytes())
    assert list(json.loads((folder / "airflow_passwords").read_text())) == ["admin"]
    settings = Settings(folder, folder, folder / "keys")
    keys.check(settings)
    point = from_environment(settings)("demonstration")
    assert point.password == (folder / "point_password").read_text()
    assert point.extra["host_key"].startswith("ssh-ed25519 ")
