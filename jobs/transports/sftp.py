"""SFTP: a point's outbox on a server of its own, read over SSH. The host key is always verified, never learnt."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias, TypeVar

import asyncssh
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from jobs.landing.manifest import LARGEST, MANIFEST
from jobs.site import SftpTransport
from jobs.transports import ssh
from jobs.transports.connections import Connection
from jobs.transports.faults import Unreachable
from jobs.transports.outbox import CHUNK

ATTEMPTS = 4
BACK_OFF = 0.5  # Seconds before the second attempt, twice as long before each further one; `back_off` of the extra.
GONE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
Result = TypeVar("Result")
Ask: TypeAlias = Callable[[asyncssh.SFTPClient], Awaitable[Result]]


@dataclass
class SftpOutbox:
    """An outbox on an SFTP server, one folder a delivery. It connects at its first use, and again where the line broke."""

    place: str
    connection: Connection
    runner: asyncio.Runner = field(repr=False)
    _session: tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient] | None = field(default=None, repr=False)

    def names(self) -> list[str]:
        """Names of the folders with a manifest. Raises Unreachable."""
        found = self._do(lambda sftp: sftp.readdir(self.place), self.place, "PULL-PATH")
        folders = sorted(str(each.filename) for each in found if stat.S_ISDIR(each.attrs.permissions or 0))
        return [name for name in folders if not name.startswith(".") and self._has_manifest(name)]

    def manifest(self, name: str) -> bytes:
        """A delivery's manifest, or its beginning where it is too large. Raises Unreachable."""
        path = self._path(name, MANIFEST)
        return self._do(partial(_part, path, 0, LARGEST + 1), f"{name}/{MANIFEST}", "PULL-CHANGED")

    def files(self, name: str) -> list[str]:
        """Names of everything in a delivery's folder but the manifest and hidden files. Raises Unreachable."""
        found = self._do(lambda sftp: sftp.listdir(self._path(name)), name, "PULL-CHANGED")
        return sorted(str(each) for each in found if each != MANIFEST and not str(each).startswith("."))

    def chunks(self, name: str, file: str) -> Iterator[bytes]:
        """A file from beginning to end; after a cut reading goes on at the byte that was due.

        Raises FileNotFoundError for what is no plain file, and Unreachable, also where the file ends early or changes.
        """
        path, where = self._path(name, file), f"{name}/{file}"
        first = self._do(lambda sftp: sftp.lstat(path), where)
        if not stat.S_ISREG(first.permissions or 0):
            raise FileNotFoundError(file)
        at, size = 0, first.size or 0
        while at < size:
            chunk = self._do(partial(_part, path, at, min(CHUNK, size - at)), where)
            if not chunk:
                raise Unreachable("PULL-SHORT", f"{where}: {size} bytes stated, {at} read")
            at += len(chunk)
            yield chunk
        last = self._do(lambda sftp: sftp.lstat(path), where)
        if (last.size, last.mtime) != (first.size, first.mtime):
            raise Unreachable("PULL-CHANGED", where)

    def close(self) -> None:
        """End the connection, broken or not."""
        if self._session is not None:
            line, self._session = self._session[0], None
            line.abort()
            self.runner.run(line.wait_closed())

    def _has_manifest(self, name: str) -> bool:
        try:
            return self._do(lambda sftp: sftp.isfile(self._path(name, MANIFEST)), name)
        except FileNotFoundError:
            return False

    def _path(self, *parts: str) -> str:
        return "/".join((self.place.rstrip("/"), *parts))

    def _do(self, ask: Ask[Result], where: str, gone: str = "") -> Result:
        """Ask the server, over a new connection where the old one broke.

        gone: the code of Unreachable for what is not there; FileNotFoundError where there is none.
        """
        attempts = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(float(self.connection.extra.get("back_off", BACK_OFF)), max=30),
            retry=retry_if_exception_type(ssh.BROKEN_LINE),
            before_sleep=self._forget,
            reraise=True,
        )
        try:
            return attempts(lambda: self.runner.run(self._answer(ask)))
        except GONE:
            if not gone:
                raise FileNotFoundError(where) from None
            raise Unreachable(gone, where) from None
        except Unreachable:
            raise
        except (asyncssh.Error, OSError) as error:
            raise ssh.unreachable(error, f"{self.connection.address}, {where}") from None

    async def _answer(self, ask: Ask[Result]) -> Result:
        if self._session is None:
            self._session = await ssh.connected(self.connection)
        async with asyncio.timeout(ssh.patience(self.connection)):
            return await ask(self._session[1])

    def _forget(self, _: RetryCallState) -> None:
        self.close()


async def _part(path: str, at: int, size: int, sftp: asyncssh.SFTPClient) -> bytes:
    """Bytes of a file, asked for in many packets at once; fewer where it ends before."""
    stream = await sftp.open(path, "rb")
    content: Any = await stream.read(size, at)
    await stream.close()  # Not where reading failed: a server that is silent would not answer this either.
    return bytes(content)


@contextmanager
def opened(transport: SftpTransport, connection: Connection) -> Iterator[SftpOutbox]:
    """The outbox of an SFTP transport."""
    with asyncio.Runner() as runner:
        outbox = SftpOutbox(transport.path, connection, runner)
        try:
            yield outbox
        finally:
            outbox.close()
