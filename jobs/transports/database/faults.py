"""What a database or its driver says when it fails, as codes of `jobs.transports.faults`. Its own text goes nowhere: it
may hold cells."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchTableError, ProgrammingError, SQLAlchemyError

from jobs.transports.connections import Connection
from jobs.transports.faults import Unreachable

# Beginnings of SQLSTATE, the longest first: what a server says in any language.
STATES = {
    "42P01": "PULL-TABLE",
    "3F000": "PULL-TABLE",
    "42703": "PULL-COLUMN",
    "42501": "PULL-RIGHTS",
    "57014": "PULL-SILENT",  # A query was canceled: it took too long.
    "55P03": "PULL-SILENT",
    "57P": "PULL-CUT",
    "25P": "PULL-CUT",
    "08P01": "PULL-PROTOCOL",
    "08": "PULL-CUT",
    "28": "PULL-LOGIN",
    "3D": "PULL-DATABASE",
    "53": "PULL-BUSY",
}
# A login that fails leaves no SQLSTATE behind, only a text: in English, or in Chinese where the server speaks it.
TEXTS = (
    (re.compile(r"failed to resolve|could not translate"), "PULL-NAME"),
    (re.compile(r"Connection refused"), "PULL-REFUSED"),
    (re.compile(r"certificate verify failed"), "PULL-TLS"),
    (
        re.compile(r"authentication failed|no password supplied|pg_hba|Access denied|role .* does not exist"),
        "PULL-LOGIN",
    ),
    (re.compile(r"认证失败|角色.*不存在"), "PULL-LOGIN"),
    (re.compile(r"database .* does not exist|数据库.*不存在|Unknown database"), "PULL-DATABASE"),
    (re.compile(r"permission denied for database|权限不够"), "PULL-RIGHTS"),
    (re.compile(r"too many (clients|connections)|connection slots|连接.*太多|starting up|shutting down"), "PULL-BUSY"),
    (re.compile(r"does not support SSL|invalid .*(value|option)"), "PULL-SETTINGS"),
    (re.compile(r"invalid response|expected authentication|SSL error|unsupported frontend protocol"), "PULL-PROTOCOL"),
    (re.compile(r"timeout|timed out"), "PULL-SILENT"),
    (re.compile(r"closed the connection|EOF|reset by peer"), "PULL-CUT"),
)


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Turn what a query ends with into Unreachable. where: server, table or column; never a cell."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if isinstance(error, Unreachable):
            raise
        code, state = _code(error), _state(error)
        raise Unreachable(code, f"{where}, SQLSTATE {state}" if state and code == "PULL-STATEMENT" else where) from None


@contextmanager
def at_connecting(connection: Connection) -> Iterator[None]:
    """Turn what an attempt to connect ends with into Unreachable."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise Unreachable(_code_of_connecting(error, connection), _place(connection)) from None


def _code(error: Exception) -> str:
    """The code of a query that failed."""
    if isinstance(error, NoSuchTableError):
        return "PULL-TABLE"
    cause = getattr(error, "orig", None)
    if type(cause).__name__ == "ConnectionTimeout":
        return "PULL-SILENT"
    if code := _of_state(_state(error)):
        return code
    is_gone = isinstance(error, OSError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    return "PULL-CUT" if is_gone else "PULL-STATEMENT"


def _code_of_connecting(error: Exception, connection: Connection) -> str:
    """The code of a connection that failed: the network is asked first, then what was said."""
    cause = getattr(error, "orig", None)
    if code := _of_state(_state(error)) or _of_network(connection):
        return code
    said = str(cause or error)
    found = next((code for pattern, code in TEXTS if pattern.search(said)), None)
    return found or ("PULL-SETTINGS" if isinstance(error, ProgrammingError) else "PULL-FAILED")


def _state(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _of_state(state: str) -> str | None:
    beginnings = sorted(STATES, key=len, reverse=True)
    return next((STATES[each] for each in beginnings if state.startswith(each)), None)


def _of_network(connection: Connection) -> str | None:
    """Why host and port cannot be reached; None where they can, or where there are none."""
    if not connection.host or connection.port is None:
        return None
    try:
        socket.create_connection((connection.host, connection.port), timeout=5).close()
    except socket.gaierror:
        return "PULL-NAME"
    except ConnectionRefusedError:
        return "PULL-REFUSED"
    except OSError as error:
        return "PULL-SILENT" if isinstance(error, TimeoutError) else "PULL-UNROUTED"
    return None


def _place(connection: Connection) -> str:
    return f"{connection.address}, database {connection.schema}" if connection.schema else connection.address
