"""The same deliveries by folder, SFTP, HTTP and front-end database, in three dialects, end in the same tables."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from jobs.landing.due import looks
from jobs.night import Engine
from jobs.province.exchange_points import http, postgres, sftp
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.front_end import front_end
from jobs.transports.connections import Connection
from lakehouse.settings import Settings
from tests.proofs.clones import Outcome, Tellings, tell
from tests.proofs.order import story

TRANSPORTS = {
    "P001": {"kind": "directory", "path": "../offers/P001"},
    "P002": {"kind": "sftp", "connection": "p002", "path": "/P002"},
    "P003": {"kind": "http", "connection": "p003"},
    "P004": {"kind": "database", "connection": "p004", "schema": "p004", "batches": "batches"},
}
STORY = "late increment made last"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transports")


@pytest.fixture(scope="module")
def outcome(lake: Path, engine: Engine) -> Outcome:
    """Two deliveries in the first night, three in the second, from each of the points."""
    increment, repeat, correction, deletion, late = story(STORY)
    nights: Tellings = {point: [[increment, correction], [repeat, deletion, late]] for point in TRANSPORTS}
    return tell(lake, {STORY: nights}, engine, by_transport)[STORY]


@contextmanager
def by_transport(settings: Settings) -> Iterator[None]:
    """Let each point but the first lie behind a server of its own kind, and declare the connections."""
    offers = settings.site.parent / "offers"
    for point, transport in TRANSPORTS.items():
        file = settings.site / "points" / f"{point}.yaml"
        declared = {**yaml.safe_load(file.read_text()), "transport": transport}
        file.write_text(yaml.safe_dump(declared, allow_unicode=True))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        found = {
            "p002": stack.enter_context(sftp.serving(sftp.Server(offers, "pass"))).connection,
            "p003": stack.enter_context(http.exchange_point("P003", offers / "P003", Authority())),
            "p004": stack.enter_context(postgres.serving()),
        }
        assert front_end(found["p004"], "p004", "standard-1").load(offers / "P004") == []
        for name, connection in found.items():
            environment.setenv(f"AIRFLOW_CONN_{name.upper()}", as_json(connection))
        yield


def as_json(connection: Connection) -> str:
    fields = {name: value for name, value in vars(connection).items() if name not in ("kind", "extra")}
    return json.dumps({"conn_type": connection.kind, **fields, "extra": dict(connection.extra)})


def test_every_transport_ends_in_the_same_tables_and_accounts(outcome: Outcome, lake: Path) -> None:
    assert outcome.differing == []
    assert sum(outcome.accounts.values()) == len(TRANSPORTS)
    assert outcome.rows["medical_records.encounter"] == 4
    assert {look.why for look in looks(Settings(lake / "home", lake / "site", lake / "keys")).values()} == {""}


def test_nothing_that_was_pulled_lies_anywhere_but_sealed(outcome: Outcome, lake: Path) -> None:
    """A name of the story's patients stands in the offers, and in no file of the lake."""
    name = "扎西卓玛"
    assert holding(lake / "offers", name), "the name is not in the story: look for another"
    assert not holding(lake / "home", name)


def holding(folder: Path, text: str) -> list[Path]:
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        if any(text.encode(encoding) in content for encoding in ("utf-8", "gb18030", "utf-16-le")):
            found.append(path)
    return found
