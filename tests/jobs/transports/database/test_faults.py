"""Whoever cannot be read gets a sentence, and nothing half-landed stays."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from jobs.landing.due import looks
from jobs.site import load_points
from jobs.transports.connections import Connection
from jobs.transports.database.outbox import DatabaseOutbox
from jobs.transports.faults import FAULTS, Unreachable
from jobs.transports.outbox import Past
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from tests.jobs.transports.database.nights import NIGHT, declare, night, nothing_landed, read, session


def closed_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


ELSEWHERE: dict[str, Callable[[Connection], Connection]] = {
    "PULL-NAME": lambda place: replace(place, host="no-such-host.invalid"),
    "PULL-REFUSED": lambda place: replace(place, port=closed_port()),
    "PULL-LOGIN": lambda place: replace(place, password="quite-wrong-4711"),
    "PULL-DATABASE": lambda place: replace(place, schema="nowhere"),
    "PULL-DRIVER": lambda place: replace(place, kind="kingbase"),
    "PULL-SETTINGS": lambda place: replace(place, extra={"sslmode": "nonsense"}),
}


CHANGES = {
    "PULL-TABLE": ["drop table charge_item"],
    "PULL-COLUMN": ["alter table charge_item drop column amount"],
    "PULL-RIGHTS": ["create role {0} login password 'reader'", "grant usage on schema p001 to {0}"],
    "PULL-BUSY": ["create role {0} login password 'reader' connection limit 0"],
    "PULL-ANSWER": ["alter table charge_item alter amount type bytea using amount::bytea"],
    "PULL-STATEMENT": [
        "alter table charge_item rename to kept",
        "create view charge_item as select * from kept where 1 / (row_number - row_number) = 1",
    ],
    "PULL-COUNT": [
        "alter table charge_item rename to kept",
        "select set_config('a.n', '0', false)",
        "create view charge_item as select * from kept where "
        "set_config('a.n', (coalesce(nullif(current_setting('a.n', true), ''), '0')::int + 1)::text, true)::int <= 2",
    ],
}


def is_told(settings: Settings, connection: Connection, code: str) -> None:
    """The night says the one sentence, without a secret, and takes nothing."""
    done = night(settings, connection)
    assert len(done.said) == 1
    assert done.said[0].startswith(f"P001 cannot be reached: {code}: {FAULTS[code].says} (")
    assert looks(settings)["P001"].code == code
    assert connection.password not in done.said[0]
    assert done.landed == []
    assert nothing_landed(settings)


@pytest.mark.parametrize("code", ELSEWHERE)
def test_who_cannot_connect_is_told_why(settings: Settings, loaded: Connection, code: str) -> None:
    is_told(settings, ELSEWHERE[code](loaded), code)


@pytest.mark.parametrize("code", CHANGES)
def test_what_a_database_lacks_is_named(settings: Settings, loaded: Connection, code: str) -> None:
    reader = f"reader_{loaded.schema}"
    with session(loaded) as made:
        made.execute("delete from batches where sequence = 1")
        for statement in CHANGES[code]:
            made.execute(statement.format(reader).encode())
    is_reader = "role" in CHANGES[code][0]
    is_told(settings, replace(loaded, login=reader, password="reader") if is_reader else loaded, code)


@pytest.mark.parametrize(
    ("said", "code"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "PULL-PROTOCOL"), (b"", "PULL-SILENT")]
)
def test_a_port_where_no_database_answers(settings: Settings, loaded: Connection, said: bytes, code: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        held: list[socket.socket] = []

        def answer() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                held.append(caller)
                if said:
                    caller.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        try:
            is_told(settings, replace(loaded, port=port, extra={"connect_timeout": 2}), code)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in held:
                each.close()


def test_a_query_that_takes_too_long_is_given_up(settings: Settings, loaded: Connection) -> None:
    with session(loaded) as other, other.transaction():
        other.execute("lock table encounter in access exclusive mode")
        is_told(settings, replace(loaded, extra={"timeout": 0.3}), "PULL-SILENT")


def test_a_server_that_hangs_is_given_up(settings: Settings, loaded: Connection) -> None:
    with read(settings, replace(loaded, extra={"timeout": 0.5}), Past(NIGHT)) as far:
        far.names()
        pid = far.database.snapshot.exec_driver_sql("select pg_backend_pid()").scalar_one()
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unreachable) as error:
                far.manifest(far.names()[0])
        finally:
            os.kill(pid, signal.SIGCONT)
    assert error.value.code == "PULL-SILENT"


def cutting(monkeypatch: pytest.MonkeyPatch, place: Connection, times: int) -> list[str]:
    """Let the server end the session between manifest and files of the second delivery, so many times."""
    cut: list[str] = []
    whole = DatabaseOutbox.files

    def files(far: DatabaseOutbox, name: str) -> list[str]:
        if name.startswith("0002") and len(cut) < times:
            cut.append(name)
            with session(place) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where xact_start is not null "
                    "and pid <> pg_backend_pid() and datname = current_database()"
                )
        return whole(far, name)

    monkeypatch.setattr(DatabaseOutbox, "files", files)
    return cut


def test_a_snapshot_that_breaks_is_begun_anew(
    settings: Settings, loaded: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = cutting(monkeypatch, loaded, 1)
    assert [each.sequence for each in night(settings, loaded).landed] == [1, 2]
    assert len(cut) == 1


def test_a_snapshot_that_breaks_each_time_leaves_nothing_but_what_the_next_night_clears_up(
    settings: Settings, loaded: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = cutting(monkeypatch, loaded, 2)
    is_told(settings, loaded, "PULL-CUT")
    assert len(cut) == 2
    assert [each.sequence for each in night(settings, loaded).landed] == [1, 2]


@pytest.mark.parametrize("mode", [{}, {"batches": "batches", "updated": "changed_at"}])
def test_a_transport_has_one_of_the_two_modes(settings: Settings, mode: dict[str, str]) -> None:
    declare(settings, {"kind": "database", "connection": "p001", **mode})
    with pytest.raises(LakehouseError, match="either `batches`, a table, or `updated`, a column"):
        load_points(settings)


@pytest.mark.parametrize(
    ("cell", "told"), [("'0x2'", "sequence"), ("'2'", "stands there twice"), (None, "without a stamp")]
)
def test_a_list_or_stamp_that_says_nothing_is_named(
    settings: Settings, loaded: Connection, cell: str | None, told: str
) -> None:
    with session(loaded) as made:
        if cell is None:
            declare(settings, {"kind": "database", "connection": "p001", "schema": "p001", "updated": "updated_at"})
            made.execute("update person set updated_at = null")
        made.execute("alter table batches alter sequence type text")
        made.execute(
            f"insert into batches select {cell or 'null'}, business_date, 'full', period_from, period_to, "
            "extracted_at, offered_at from batches where sequence = '2'".encode()
        )
    assert told in night(settings, loaded).said[0]
    assert looks(settings)["P001"].code == "PULL-ANSWER"
