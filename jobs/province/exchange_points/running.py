"""A server within this machine, for as long as a block lasts."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from jobs.province.exchange_points.authority import Tls

HOST = "127.0.0.1"
PATIENCE = 30.0  # Seconds in which a server of this machine has begun.


@contextmanager
def running(app: ASGIApp, tls: Tls | None = None) -> Iterator[int]:
    """Serve an application on a free port of the loopback, in a thread; the port."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            timeout_graceful_shutdown=1,
            ssl_certfile=str(tls.certificate) if tls else None,
            ssl_keyfile=str(tls.key) if tls else None,
        )
    )
    with socket.create_server((HOST, 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            _begun(server, thread)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def _begun(server: uvicorn.Server, thread: Thread) -> None:
    until = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the server did not begin")
        time.sleep(0.01)  # uvicorn tells nobody that it has begun.
