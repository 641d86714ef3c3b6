"""One SSH connection for SFTP: made with the declared host key and login, and what is wrong when it is not."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path

import asyncssh

from jobs.transports.connections import Connection
from jobs.transports.faults import Unreachable

PORT = 22
PATIENCE = 30.0  # Seconds without an answer after which a server counts as silent; `timeout` of the connection's extra.
# A line that broke; what the server says of a file is no broken line.
BROKEN = (asyncssh.DisconnectError, asyncssh.ChannelOpenError, asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)
BROKEN_LINE = (*BROKEN, ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


def patience(connection: Connection) -> float:
    """Seconds to wait for an answer."""
    return float(connection.extra.get("timeout", PATIENCE))


async def connected(connection: Connection) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
    """A session with a verified server. Raises Unreachable, or one of BROKEN_LINE where the line breaks meanwhile."""
    trusted, where = _host_key(connection), connection.address
    keys = _client_keys(connection)
    try:
        async with asyncio.timeout(patience(connection)):
            line = await asyncssh.connect(
                sock=_greeted(connection),
                username=connection.login or "",
                password=None if keys else connection.password,
                client_keys=keys,
                known_hosts=([trusted], [], []),
                config=None,
                agent_path=None,
            )
            return line, await line.start_sftp_client()
    except (asyncssh.DisconnectError, OSError) as error:
        if isinstance(error, Unreachable) or (isinstance(error, BROKEN_LINE) and not isinstance(error, _SAID)):
            raise
        raise Unreachable(_code(error), where) from None


def _greeted(connection: Connection) -> socket.socket:
    """A TCP connection on which an SSH server has begun to speak. Raises Unreachable or OSError.

    The library would take anything that is said before for a greeting, and wait for more."""
    line = socket.create_connection((connection.host, connection.port or PORT), patience(connection))
    try:
        said = line.recv(4, socket.MSG_PEEK)
        if not said:
            raise ConnectionResetError
        if not b"SSH-".startswith(said):
            raise Unreachable("PULL-PROTOCOL", connection.address)
        line.setblocking(False)
        return line
    except BaseException:
        line.close()
        raise


# What a server says of itself while a connection is made; the rest of BROKEN is a line that broke.
_SAID = (
    asyncssh.HostKeyNotVerifiable,
    asyncssh.PermissionDenied,
    asyncssh.KeyExchangeFailed,
    asyncssh.ProtocolError,
    asyncssh.ProtocolNotSupported,
    asyncssh.ServiceNotAvailable,
)


def _code(error: Exception) -> str:
    """What a connection that cannot be made is called."""
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return "PULL-HOSTKEY"
        case asyncssh.PermissionDenied():
            return "PULL-LOGIN"
        case asyncssh.KeyExchangeFailed():
            return "PULL-HOSTKEY" if "host key" in str(error) else "PULL-PROTOCOL"
        case asyncssh.DisconnectError():
            return "PULL-PROTOCOL"
        case socket.gaierror():
            return "PULL-NAME"
        case ConnectionRefusedError():
            return "PULL-REFUSED"
        case OSError(errno=errno.EHOSTUNREACH | errno.ENETUNREACH):
            return "PULL-UNROUTED"
        case _:
            return "PULL-SILENT"


def unreachable(error: Exception, where: str) -> Unreachable:
    """What an error is called that comes while the outbox is read."""
    match error:
        case asyncssh.SFTPPermissionDenied():
            return Unreachable("PULL-RIGHTS", where)
        case TimeoutError():
            return Unreachable("PULL-SILENT", where)
        case _ if isinstance(error, BROKEN_LINE):
            return Unreachable("PULL-CUT", where)
        case asyncssh.SFTPBadMessage():
            return Unreachable("PULL-PROTOCOL", where)
        case _:
            return Unreachable("PULL-FAILED", where)


def _host_key(connection: Connection) -> asyncssh.SSHKey:
    """The declared host key, `<kind> <base64>` as in a known_hosts file. Raises Unreachable."""
    if not connection.host:
        raise Unreachable("PULL-SETTINGS", "the connection names no host")
    text = str(connection.extra.get("host_key") or "").strip()
    if not text:
        raise Unreachable("PULL-HOSTKEY-NONE", connection.address)
    try:
        return asyncssh.import_public_key(text if " " in text else f"ssh-rsa {text}")
    except asyncssh.KeyImportError:
        raise Unreachable("PULL-SETTINGS", f"host_key of {connection.address}") from None


def _client_keys(connection: Connection) -> list[asyncssh.SSHKey] | None:
    """The private key of the connection: `private_key`, its text, or `key_file`, its path; None to log in by password.

    Raises Unreachable.
    """
    text, path = connection.extra.get("private_key"), connection.extra.get("key_file")
    if not text and not path:
        return None
    try:
        text = str(text or Path(str(path)).read_text())
        return [asyncssh.import_private_key(text, connection.extra.get("private_key_passphrase"))]
    except (OSError, UnicodeDecodeError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise Unreachable("PULL-KEY", connection.address) from None
