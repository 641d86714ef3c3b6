"""`lakehouse receiver serve`: when it begins, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.commands.receiver import receiver
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.running import HOST
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from tests.jobs.receiver.conftest import SECRETS, Pusher


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a deployment, with the connection of P001."""
    for name, value in (("HOME", settings.home), ("SITE", settings.site), ("KEYS", settings.keys)):
        monkeypatch.setenv(f"LAKEHOUSE_{name}", str(value))
    monkeypatch.setenv("AIRFLOW_CONN_P001", json.dumps({"conn_type": "http", "extra": SECRETS}))
    return dict(os.environ)


def code(*words: str) -> str:
    error = CliRunner().invoke(receiver, ["serve", *words]).exception
    assert isinstance(error, LakehouseError), error
    assert error.what.endswith(".")
    assert error.do.endswith(".")
    return error.code


def test_it_serves_until_it_is_told_to_stop(environment: dict[str, str], settings: Settings) -> None:
    command = [sys.executable, "-c", "from lakehouse.cli import run; run(['receiver', 'serve', '--port', '0'])"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith(f"Receiving from P001 on {HOST}:"), line
        hospital = Pusher(int(line.rstrip(".\n").rpartition(":")[2]))
        assert hospital.upload("JZJL", [])["msgCode"] == -98
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=30)
    assert rest == ""


@pytest.mark.usefixtures("environment")
def test_other_addresses_than_this_machines_own_need_a_certificate(tmp_path: Path) -> None:
    assert code("--host", "0.0.0.0") == "RECEIVER-001"  # noqa: S104 (refused)
    tls = Authority().issue(tmp_path / "tls")
    tls.key.write_text("no key")
    assert code("--certificate", str(tls.certificate), "--key", str(tls.key)) == "RECEIVER-004"
    assert CliRunner().invoke(receiver, ["serve", "--key", str(tls.key)]).exit_code == 2


@pytest.mark.usefixtures("environment")
def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        assert code("--port", str(taken.getsockname()[1])) == "RECEIVER-003"


def test_there_must_be_a_point_that_pushes(environment: dict[str, str], settings: Settings) -> None:
    (settings.site / "points" / "P001.yaml").unlink()
    assert code() == "RECEIVER-002"
