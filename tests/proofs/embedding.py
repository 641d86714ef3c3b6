"""A page of Superset inside of another system's page, as a guest sees it: the other system is another site, and has the token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Frame

from dashboards.access import embed
from dashboards.client import Superset
from lakehouse.files import write_json
from tests.listeners import listening
from tests.proofs.browser import ARGUMENTS, program

SITES = "http://localhost:*"  # Superset itself is at 127.0.0.1, which is another site.
# What Superset's own kit for other systems does: it hands a port to the frame, and the token through the port.
HOST = """<!doctype html><meta charset="utf-8"><title>医院信息平台</title>
<style>body {{ margin: 0 }} iframe {{ border: 0; width: 100vw; height: 100vh }}</style>
<iframe src="{address}/embedded/{page}?uiConfig=0&_l_={language}"></iframe>
<script>
const frame = document.querySelector('iframe');
frame.addEventListener('load', () => {{
    const channel = new MessageChannel(), ours = channel.port1;
    frame.contentWindow.postMessage(
        {{type: '__embedded_comms__', handshake: 'port transfer'}}, '{address}', [channel.port2]);
    ours.postMessage({{switchboardAction: 'emit', method: 'guestToken', args: {{guestToken: {token}}}}});
}});
</script>"""


@contextmanager
def other_system(session: Superset, address: str, page: str, tenant: str, language: str) -> Iterator[str]:
    """The address of a page of another system that shows a page of ours, with the rows of a tenant."""
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), _Host)) as server:
        origin = f"http://localhost:{server.server_address[1]}"
        made = embed(session, page, language, [origin])
        asked = {
            "user": {"username": tenant, "first_name": "guest", "last_name": "guest"},
            "resources": [{"type": "dashboard", "id": made}],
            "rls": [],
        }
        token = json.dumps(session.ask("POST", "/security/guest_token/", asked)["token"])
        server.text = HOST.format(address=address, page=made, language=language, token=token)
        yield f"{origin}/"


class _Host(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.text.encode() if self.path == "/" else b"")

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


@contextmanager
def visited(chromium: Browser, address: str, size: tuple[int, int]) -> Iterator[Frame]:
    """The frame in a page of another system, in a browser of somebody who has never been at Superset. It keeps what another
    site stores, as browsers do by default and private windows do not: without it Superset draws nothing."""
    with TemporaryDirectory(prefix="chromium-") as profile:
        write_json(Path(profile) / "Default" / "Preferences", {"profile": {"cookie_controls_mode": 0}})
        context = chromium.browser_type.launch_persistent_context(
            profile, executable_path=program(), args=ARGUMENTS, viewport={"width": size[0], "height": size[1]}
        )
        window = context.new_page()
        window.goto(address, wait_until="commit")
        window.wait_for_selector("iframe")
        (frame,) = window.main_frame.child_frames
        yield frame
        context.close()
