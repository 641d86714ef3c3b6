"""Connections as Airflow writes them, from the environment or a private file."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jobs.transports.connections import Connection, from_environment, parsed
from jobs.transports.faults import Unreachable
from lakehouse.settings import Settings

TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=0x4FFF, exclude_categories=["Cs", "Cc"]), min_size=1)
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{2,5})?", fullmatch=True)


@given(HOSTS, st.integers(1, 65535), TEXTS, TEXTS, st.dictionaries(st.from_regex("[a-z_]{1,9}", fullmatch=True), TEXTS))
def test_a_uri_and_a_json_text_say_the_same(
    host: str, port: int, login: str, password: str, extra: dict[str, str]
) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in extra.items())
    uri = f"sftp://{quote(login, safe='')}:{quote(password, safe='')}@{host}:{port}/?{query}"
    stated = {"conn_type": "sftp", "host": host, "port": port, "login": login, "password": password, "extra": extra}
    expected = Connection("sftp", host, port, login, password, None, extra)
    assert parsed("p", uri) == parsed("p", json.dumps(stated)) == expected
    assert parsed("p", {**stated, "extra": json.dumps(extra)}) == expected


@given(st.text())
def test_whatever_is_written_there_is_a_connection_or_a_fault(text: str) -> None:
    with suppress(Unreachable):
        assert isinstance(parsed("p", text), Connection)


def test_nothing_secret_is_shown() -> None:
    shown = repr(parsed("p", "sftp://me:geheim@host:22/?private_key=auch-geheim"))
    assert "geheim" not in shown
    assert "host" in shown


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, site=tmp_path, keys=tmp_path)


def test_the_environment_goes_before_the_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings.keys / "connections.yaml"
    file.write_text(yaml.safe_dump({"p001": "sftp://file", "p002": {"conn_type": "sftp", "host": "two", "port": 22}}))
    file.chmod(0o600)
    monkeypatch.setenv("AIRFLOW_CONN_P001", "sftp://environment")
    find = from_environment(settings)
    assert find("p001").host == "environment"
    assert (find("p002").host, find("p002").port) == ("two", 22)


def test_a_file_that_others_may_read_is_not_used(settings: Settings) -> None:
    file = settings.keys / "connections.yaml"
    file.write_text("p001: sftp://file")
    file.chmod(0o640)
    with pytest.raises(Unreachable, match=r"PULL-SETTINGS.*chmod 600"):
        from_environment(settings)("p001")


@pytest.mark.parametrize(
    ("written", "code"), [(None, "PULL-CONNECTION"), ("p002: x", "PULL-CONNECTION"), ("[", "PULL-SETTINGS")]
)
def test_a_connection_that_nobody_declares(settings: Settings, written: str | None, code: str) -> None:
    if written is not None:
        (settings.keys / "connections.yaml").write_text(written)
        (settings.keys / "connections.yaml").chmod(0o600)
    with pytest.raises(Unreachable, match=code):
        from_environment(settings)("p001")
