"""Servers on this machine that keep what they are sent."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any


class Mailbox(socketserver.StreamRequestHandler):
    """Takes mails as a mail server does."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self._say("354 go on")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.kept.append(content)  # type: ignore[attr-defined]
            self._say("221 bye" if verb == b"QUIT" else "250 well")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    """Takes JSON."""

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.kept.append(json.loads(content))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(server: Any) -> Iterator[Any]:
    """A server that answers as long as the block runs. kept: what it took."""
    server.kept, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
