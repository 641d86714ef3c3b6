"""An SFTP server that shows a folder of outboxes, read only: for a block of a test, or as a process of its own.

`python -m jobs.province.exchange_points.sftp` serves until it is told to end, with a host key and a password from files.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.constants import FXF_READ

from jobs.transports.connections import Connection

USER = "lakehouse"


class ReadOnly(asyncssh.SFTPServer):
    """The files below the folder of the connection's server; nothing can be written."""

    def __init__(self, channel: Any) -> None:
        served: Server = channel.get_connection().get_owner().served
        super().__init__(channel, chroot=str(served.folder).encode())

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        """Open a file for reading. Anything else is denied."""
        if pflags != FXF_READ:
            raise asyncssh.SFTPPermissionDenied("read only")
        return super().open(path, pflags, attrs)


@dataclass
class Server:
    """A running server.

    folder: what it shows.   password: of its one user.   key: its private key, made for it where there is none.
    host_key: its public key as known_hosts files hold it.   connections: those that are open, for tests that cut them.
    """

    folder: Path
    password: str = field(repr=False)
    client_key: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    key: asyncssh.SSHKey | None = field(default=None, repr=False)
    host_key: str = ""
    files: type[asyncssh.SFTPServer] = ReadOnly
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """How the lakehouse connects to it."""
        extra = {"host_key": self.host_key}
        return Connection("sftp", self.host, self.port, USER, self.password, extra=extra)


class _Door(asyncssh.SSHServer):
    """Lets the one user in, by password or key."""

    def __init__(self, served: Server) -> None:
        self.served = served

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Note the connection."""
        self.served.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        """Everybody must prove who they are."""
        if self.served.client_key:
            keys = asyncssh.import_authorized_keys(self.served.client_key)
            self.served.connections[-1].set_authorized_keys(keys)
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Whether it is the user's."""
        return (username, password) == (USER, self.served.password)


@contextmanager
def serving(served: Server) -> Iterator[Server]:
    """Serve until the block ends, on a free port where none is asked for."""
    key = served.key or asyncssh.generate_private_key("ssh-ed25519")
    served.host_key = public(key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            served.host,
            served.port,
            server_factory=lambda: _Door(served),
            server_host_keys=[key],
            sftp_factory=served.files,
            encoding=None,
        )

    async def stop() -> None:
        acceptor.close()
        for each in served.connections:
            each.abort()
            await each.wait_closed()
        await acceptor.wait_closed()
        if left := asyncio.all_tasks() - {asyncio.current_task()}:  # They close their files.
            await asyncio.wait(left, timeout=5)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result()
    served.port = acceptor.get_port()
    try:
        yield served
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def public(key: asyncssh.SSHKey) -> str:
    """The public half of a host key, kind and key, as known_hosts files hold it."""
    return " ".join(key.export_public_key().decode().split()[:2])


def main() -> None:
    """Serve a folder until SIGTERM or SIGINT; says where once it does."""
    parser = argparse.ArgumentParser(prog="python -m jobs.province.exchange_points.sftp", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="What it shows.")
    parser.add_argument("--host", default="127.0.0.1", help="Where it listens.")
    parser.add_argument("--port", type=int, default=2022, help="0 for any.")
    parser.add_argument("--host-key", type=Path, required=True, help="File with its private key.")
    parser.add_argument("--password", type=Path, required=True, help="File with its user's password.")
    asked = parser.parse_args()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(
        signal.SIG_BLOCK, ends
    )  # Before any thread begins, so that all of them leave it to this one.
    key = asyncssh.read_private_key(asked.host_key)
    with serving(
        Server(asked.folder, asked.password.read_text().strip(), host=asked.host, port=asked.port, key=key)
    ) as on:
        print(f"sftp://{USER}@{on.host}:{on.port}", flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
