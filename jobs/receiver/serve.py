"""Serve the receiver until it is told to stop."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from pathlib import Path

import uvicorn

from jobs.receiver.app import Receiver, Say, receiver
from jobs.site import load_points
from jobs.transports.connections import from_environment
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

AT_ONCE = 32  # Requests; each holds its body in memory.


def serve(settings: Settings, host: str, port: int, tls: tuple[Path, Path] | None, say: Say) -> None:
    """Take what points push, on a host and port of this machine. Raises RECEIVER-001 to RECEIVER-004, SITE-… and KEYS-….

    tls: the files of certificate and private key.
    """
    keys.check(settings)
    taking = receiver(settings, load_points(settings), from_environment(settings), say)
    if not taking.points:
        do = "Declare `transport.kind: push` for a point, and its connection with both keys."
        raise LakehouseError("RECEIVER-002", "There is no point to receive from.", where=str(settings.site), do=do)
    server = _server(taking, host, tls)
    with _listening(host, port) as listening:
        say(f"Receiving from {', '.join(taking.points)} on {host}:{listening.getsockname()[1]}.")
        server.run(sockets=[listening])


def _server(taking: Receiver, host: str, tls: tuple[Path, Path] | None) -> uvicorn.Server:
    if tls is None and not _is_here(host):
        what = "The receiver is not encrypted, and its address is not this machine alone."
        raise LakehouseError("RECEIVER-001", what, where=host, do="Give --certificate and --key.")
    config = uvicorn.Config(
        taking.app(),
        log_level="error",
        access_log=False,
        lifespan="off",
        ws="none",
        limit_concurrency=AT_ONCE,
        server_header=False,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError):
        what = "The certificate or its private key cannot be read."
        do = "Give both as PEM files, readable by this user."
        raise LakehouseError("RECEIVER-004", what, do=do) from None
    return uvicorn.Server(config)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        what = f"The receiver cannot listen there: {error.strerror or 'no such address'}."
        do = "Give another --host or --port, or stop what listens there."
        raise LakehouseError("RECEIVER-003", what, where=f"{host}:{port}", do=do) from None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
