"""SFTP, against real servers: what lands is what a folder would have landed; whoever lies or breaks gets a sentence."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pyarrow.parquet as pq
import pytest

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.province.exchange_points.sftp import ReadOnly, Server, serving
from jobs.province.story import registers, write_delivery, write_site
from jobs.site import SftpTransport
from jobs.transports.faults import Unreachable
from jobs.transports.sftp import SftpOutbox, opened
from lakehouse.settings import Settings
from tests.jobs.transports.far_night import NIGHT, SECRET, in_a_folder, night, quick, refused, site_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return site_of(tmp_path, {"kind": "sftp", "connection": "p001", "path": "/P001"})


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Server]:
    with serving(Server(tmp_path / "offers", SECRET)) as served:
        yield served


def outbox_of(served: Server) -> AbstractContextManager[SftpOutbox]:
    return opened(SftpTransport(kind="sftp", connection="p001", path="/P001"), quick(served.connection))


def test_what_comes_over_sftp_is_what_a_folder_would_have_given(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    far = night(settings, quick(server.connection))
    near = in_a_folder(settings, tmp_path)
    assert far.landed == land_night(near, NIGHT, NIGHT, workers=0) != []
    assert {each.status for each in far.landed} == {"landed"}
    for each in far.landed:
        for table in each.tables:
            place = f"{each.id}/{table}.parquet"
            assert pq.read_table(settings.landing / place).equals(pq.read_table(near.landing / place))


def test_nothing_of_the_pull_is_left_and_a_second_night_takes_nothing(settings: Settings, server: Server) -> None:
    night(settings, quick(server.connection))
    assert sorted(path.name for path in (settings.sealed / "P001").iterdir()) == sorted(
        f"{path.name}.sealed" for path in (settings.landing / "P001").iterdir()
    )
    assert night(settings, quick(server.connection)).landed == []
    assert looks(settings)["P001"].why == ""


def test_a_key_lets_in_instead_of_a_password(settings: Settings, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode()
    with serving(Server(tmp_path / "offers", SECRET, client_key=public)) as served:
        private = key.export_private_key(passphrase="offen").decode()
        extra = {"private_key": private, "private_key_passphrase": "offen"}
        assert len(night(settings, replace(quick(served.connection, **extra), password=None)).landed) == 2


def test_an_unfinished_delivery_and_hidden_files_are_left_alone(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    for name in ("being-written", ".hidden"):
        (tmp_path / "offers" / "P001" / name).mkdir()
    (tmp_path / "offers" / "P001" / "a file").write_bytes(b"")
    with outbox_of(server) as outbox:
        assert len(outbox.names()) == 2


def test_a_file_that_is_a_link_or_too_large_is_not_taken(
    settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted((tmp_path / "offers" / "P001").iterdir())
    data = next(path for path in sorted(first.iterdir()) if path.name != "manifest.json")
    data.rename(tmp_path / "moved")
    data.symlink_to(tmp_path / "moved")
    big = max((path for path in second.iterdir() if path.name != "manifest.json"), key=lambda path: path.stat().st_size)
    monkeypatch.setattr("jobs.transports.pull.LARGEST_FILE", big.stat().st_size - 1)
    codes = {each.name: {why.code for why in each.reasons} for each in night(settings, quick(server.connection)).landed}
    assert codes[first.name] >= {"MAN-FILE"}
    assert codes[second.name] >= {"MAN-LARGE"}


def test_a_cut_is_mended_by_going_on_at_the_byte_that_was_due(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.transports.sftp.CHUNK", 32768)
    content = os.urandom(1_000_000)
    (tmp_path / "offers" / "P001" / "big").mkdir()
    (tmp_path / "offers" / "P001" / "big" / "data.csv").write_bytes(content)
    asked: list[int] = []
    cuts = [300_000, 600_000, 900_000]

    class Cuts(ReadOnly):
        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            asked.append(offset)
            if cuts and offset >= cuts[0]:
                cuts.pop(0)
                self.channel.get_connection().abort()
            return super().read(file_obj, offset, size)  # type: ignore[no-any-return]

    with serving(Server(tmp_path / "offers", SECRET, files=Cuts)) as served:
        with outbox_of(served) as outbox:
            assert b"".join(outbox.chunks("big", "data.csv")) == content
        assert len(served.connections) == 4
    assert asked.count(0) == 1, "the file was read again from its beginning"


def misbehaving(read: Callable[[Any, int, int], bytes]) -> type[asyncssh.SFTPServer]:
    class Files(ReadOnly):
        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            return read(self, offset, size)

    return Files


def cut(self: Any, offset: int, size: int) -> bytes:
    self.channel.get_connection().abort()
    return b""


def denied(self: Any, offset: int, size: int) -> bytes:
    raise asyncssh.SFTPPermissionDenied("no")


def failing(self: Any, offset: int, size: int) -> bytes:
    raise asyncssh.SFTPFailure("disk")


@pytest.mark.parametrize(("read", "code"), [(cut, "PULL-CUT"), (denied, "PULL-RIGHTS"), (failing, "PULL-FAILED")])
def test_a_server_that_breaks_while_a_file_is_read(
    settings: Settings, tmp_path: Path, read: Callable[[Any, int, int], bytes], code: str
) -> None:
    with serving(Server(tmp_path / "offers", SECRET, files=misbehaving(read))) as served:
        refused(settings, quick(served.connection), code)


def test_a_server_that_falls_silent_while_a_file_is_read(settings: Settings, tmp_path: Path) -> None:
    let_go = threading.Event()

    class Stalls(ReadOnly):
        async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            import asyncio

            while not let_go.is_set():
                await asyncio.sleep(0.05)
            return b""

    with serving(Server(tmp_path / "offers", SECRET, files=Stalls)) as served:
        refused(settings, quick(served.connection, timeout=0.5), "PULL-SILENT")
        let_go.set()


def test_a_file_that_ends_early_or_changes(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "offers" / "P001" / "odd").mkdir()
    file = tmp_path / "offers" / "P001" / "odd" / "data.csv"
    file.write_bytes(b"x" * 5000)
    with (
        serving(Server(tmp_path / "offers", SECRET)) as served,
        outbox_of(served) as outbox,
    ):
        chunks = outbox.chunks("odd", "data.csv")
        assert next(chunks) == b"x" * 5000
        file.write_bytes(b"y" * 6000)
        with pytest.raises(Unreachable, match="PULL-CHANGED"):
            list(chunks)

    class Short(ReadOnly):
        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            return b""

    with (
        serving(Server(tmp_path / "offers", SECRET, files=Short)) as served,
        outbox_of(served) as outbox,
        pytest.raises(Unreachable, match=r"PULL-SHORT.*6000 bytes stated, 0 read"),
    ):
        list(outbox.chunks("odd", "data.csv"))


def test_wrong_settings_and_wrong_servers(settings: Settings, server: Server, tmp_path: Path) -> None:
    good = quick(server.connection)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    refused(settings, replace(good, host=""), "PULL-SETTINGS")
    refused(settings, replace(good, host="no-such-host.invalid"), "PULL-NAME")
    refused(settings, quick(good, host_key=""), "PULL-HOSTKEY-NONE")
    refused(settings, quick(good, host_key="ssh-ed25519 no-key"), "PULL-SETTINGS")
    refused(settings, quick(good, host_key=other), "PULL-HOSTKEY")
    refused(settings, replace(good, password="another"), "PULL-LOGIN")
    refused(settings, quick(good, private_key="no key"), "PULL-KEY")
    refused(settings, quick(good, key_file=str(tmp_path / "none")), "PULL-KEY")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused(settings, replace(good, port=closed.getsockname()[1]), "PULL-REFUSED")
    assert server.connections, "the server was asked"


def test_an_outbox_that_is_not_there(settings: Settings, server: Server, tmp_path: Path) -> None:
    (tmp_path / "offers" / "P001").rename(tmp_path / "offers" / "P009")
    assert "/P001" in refused(settings, quick(server.connection), "PULL-PATH")


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """Something that listens, says these words to whoever comes, and then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(30)
        guests: list[socket.socket] = []

        def greet() -> None:
            while True:
                try:
                    guest = door.accept()[0]
                except OSError:
                    return
                guests.append(guest)
                guest.sendall(words)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        thread.join()
        for guest in guests:
            guest.close()


@pytest.mark.parametrize(
    ("words", "code"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 200, "PULL-PROTOCOL"), (b"", "PULL-SILENT")]
)
def test_a_port_where_something_else_listens(settings: Settings, server: Server, words: bytes, code: str) -> None:
    with answering(words) as port:
        refused(settings, replace(quick(server.connection), port=port), code)


def test_one_point_that_is_away_keeps_nobody_else(settings: Settings, server: Server, tmp_path: Path) -> None:
    write_site(tmp_path / "site-two", {"P001": "standard-1", "P002": "standard-1"})
    for file in (tmp_path / "site-two" / "points").iterdir():
        if file.stem == "P001":
            file.write_bytes((settings.site / "points" / file.name).read_bytes())
    write_delivery(tmp_path / "offers" / "P002", registers(), sequence=1)
    done = night(replace(settings, site=tmp_path / "site-two"), replace(quick(server.connection), password="another"))
    assert [each.point for each in done.landed] == ["P002"]
    assert [line for line in done.said if "cannot be reached" in line]
