"""Clones that offer the same deliveries in three dialects: in a folder, by SFTP, over HTTP and in a front-end database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import yaml

from jobs.local_airflow import as_json
from jobs.province.exchange_points import http, postgres, sftp
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.front_end import front_end
from lakehouse.settings import Settings
from tests.postgres import provide
from tests.proofs.clones import Tellings
from tests.proofs.order import story

TRANSPORTS = {
    "T1": {"kind": "directory", "path": "../offers/T1"},
    "T2": {"kind": "sftp", "connection": "t2", "path": "/T2"},
    "T3": {"kind": "http", "connection": "t3"},
    "T4": {"kind": "database", "connection": "t4", "schema": "t4", "batches": "batches"},
}


def by_every_transport() -> dict[str, Tellings]:
    """Two deliveries in the first night, three in the second, from each of the points."""
    increment, repeat, correction, deletion, late = story("late increment made last")
    return {"by transport": {point: [[increment, correction], [repeat, deletion, late]] for point in TRANSPORTS}}


@contextmanager
def reached(settings: Settings) -> Iterator[None]:
    """Let each of these points but the first lie behind a server of its own kind, and declare the connections."""
    offers = settings.site.parent / "offers"
    for point, transport in TRANSPORTS.items():
        file = settings.site / "points" / f"{point}.yaml"
        declared = {**yaml.safe_load(file.read_text()), "transport": transport}
        file.write_text(yaml.safe_dump(declared, allow_unicode=True))
    provide()
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        found = {
            "t2": stack.enter_context(sftp.serving(sftp.Server(offers, "pass"))).connection,
            "t3": stack.enter_context(http.exchange_point("T3", offers / "T3", Authority())),
            "t4": stack.enter_context(postgres.serving()),
        }
        assert front_end(found["t4"], "t4", "standard-1").load(offers / "T4") == []
        for name, connection in found.items():
            environment.setenv(f"AIRFLOW_CONN_{name.upper()}", as_json(connection))
        yield
