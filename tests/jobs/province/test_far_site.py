"""The demonstration point as a process of its own: a site of points behind it lands what they offer."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from jobs import cluster_secrets
from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.province.far_site import write_far_site
from jobs.site import load_points
from lakehouse.processes import die_with_parent
from lakehouse.settings import Settings
from tests.jobs.transports.far_night import NIGHT, site_of


@contextmanager
def served(folder: Path, secrets: Path) -> Iterator[int]:
    """The server on a port of loopback, until the block ends."""
    command = [sys.executable, "-m", "jobs.province.exchange_points.sftp", "--folder", str(folder), "--port", "0"]
    command += ["--host-key", str(secrets / "point_host_key"), "--password", str(secrets / "point_password")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline().rpartition(":")[2])
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        server.stdout.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site whose points are reached with the connection that the secrets declare."""
    site_of(tmp_path / "province", {"kind": "directory", "path": "../offers/P001"})
    assert write_far_site(tmp_path / "province", tmp_path / "far", "demonstration") == 1
    cluster_secrets.make(tmp_path / "secrets")
    return Settings(tmp_path / "home", tmp_path / "far", tmp_path / "secrets" / "keys")


def test_points_behind_the_demonstration_point_land(settings: Settings, tmp_path: Path) -> None:
    (point,) = load_points(settings)
    assert point.transport.kind == "sftp"
    with served(tmp_path / "province" / "offers", tmp_path / "secrets") as port:
        file = settings.keys / "connections.yaml"
        known = yaml.safe_load(file.read_text())
        known["demonstration"] |= {"host": "127.0.0.1", "port": port}
        file.write_text(yaml.safe_dump(known))
        landed = land_night(settings, NIGHT, NIGHT, workers=0)
    assert [each.status for each in landed] == ["landed", "landed"]
    assert looks(settings)["P001"].why == ""
