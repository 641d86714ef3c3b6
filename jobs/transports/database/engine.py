"""Connections to a front-end database: address, driver, one read-only snapshot, and how long to wait for an answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import waiting
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from jobs.transports.connections import Connection
from jobs.transports.database.faults import at_connecting, telling
from jobs.transports.faults import Unreachable

TIMEOUT = 600.0  # Seconds for a query, or for its next rows; `timeout` of the connection's extra.
CONNECT_TIMEOUT = 15.0  # Seconds for a connection; `connect_timeout`.
OURS = frozenset({"drivername", "timeout", "connect_timeout"})
DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
# Levels under which all queries of a transaction see one state; what SQL Server calls REPEATABLE READ is none of them.
SNAPSHOTS = ("SNAPSHOT", "REPEATABLE READ", "SERIALIZABLE")


@contextmanager
def snapshot(connection: Connection) -> Iterator[sa.Connection]:
    """One read-only transaction that sees the database as it is at its first query. Raises Unreachable."""
    engine = _engine(connection)
    last: deque[Any] = deque(maxlen=1)
    sa.event.listen(engine, "before_cursor_execute", lambda _, cursor, *rest: last.append(cursor))
    try:
        with at_connecting(connection):
            opened = engine.connect()
        try:
            with telling(connection.address):
                _begin(opened, _seconds(connection, "timeout", TIMEOUT))
            yield opened
        finally:
            with suppress(SQLAlchemyError):  # What ended the block says more.
                opened.close()
            for cursor in last:  # Of a query that the server broke off; SQLAlchemy closes all others.
                cursor.close()
    finally:
        engine.dispose()


def url(connection: Connection) -> sa.URL:
    """The address of a connection as SQLAlchemy has it: what Airflow calls schema is the database.

    `drivername` of the extra names another driver than the kind does; all other settings go to the driver."""
    extra = connection.extra
    return sa.URL.create(
        str(extra.get("drivername") or DRIVERS.get(connection.kind, connection.kind)),
        username=connection.login,
        password=connection.password,
        host=connection.host or None,
        port=connection.port,
        database=connection.schema,
        query={name: str(value) for name, value in extra.items() if name not in OURS},
    )


def _engine(connection: Connection) -> sa.Engine:
    address = url(connection)
    seconds = _seconds(connection, "timeout", TIMEOUT)
    is_postgres = address.drivername == "postgresql+psycopg"
    connect_args: dict[str, Any] = {}
    if is_postgres:
        connect_args = {"connect_timeout": max(2, int(_seconds(connection, "connect_timeout", CONNECT_TIMEOUT)))}
    try:
        engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args=connect_args)
    except (NoSuchModuleError, ImportError):
        raise Unreachable("PULL-DRIVER", address.drivername) from None
    except (ArgumentError, ValueError, TypeError):
        raise Unreachable("PULL-SETTINGS", connection.address) from None
    if is_postgres:
        sa.event.listen(engine, "connect", partial(_impatient, seconds))
    return engine


def _seconds(connection: Connection, name: str, default: float) -> float:
    """A time limit of the connection. Raises Unreachable where it is none."""
    try:
        return float(connection.extra.get(name, default))
    except (TypeError, ValueError):
        raise Unreachable("PULL-SETTINGS", f"{connection.address}, {name}") from None


def _begin(opened: sa.Connection, seconds: float) -> None:
    """Begin the transaction. The server ends a query that takes too long."""
    dialect = opened.dialect
    levels = dialect.get_isolation_level_values(opened.connection.dbapi_connection)  # type: ignore[arg-type]
    level = next((each for each in SNAPSHOTS if each in levels), None)
    if level is None:
        raise Unreachable("PULL-DRIVER", f"{dialect.name} has no snapshot")
    opened.execution_options(isolation_level=level, postgresql_readonly=True)
    opened.begin()
    if dialect.name == "postgresql":
        opened.exec_driver_sql(f"set local statement_timeout = {max(1, int(seconds * 1000))}")


def _impatient(seconds: float, raw: psycopg.Connection[Any], _: object) -> None:
    """Let a connection give up on a server that is there and says nothing: no limit of the server's own ends that."""
    limit = 1 + 1.25 * seconds  # The server's own limit comes first: it ends the query there too.

    def wait(gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return waiting.wait(gen, raw.pgconn.socket, interval=interval, timeout=timeout or limit)
        except psycopg.errors._WaitTimeout:
            raw.pgconn.finish()  # Nothing more is asked of it, such as to end the transaction.
            raise psycopg.errors.ConnectionTimeout("no answer") from None

    raw.wait = wait  # type: ignore[method-assign]
