"""A provider of logins on this machine, as OpenID Connect has it: one client, and whoever the test says."""

from __future__ import annotations

import base64
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "superset", secrets.token_urlsafe(16)
LASTS = 600
KEY, FORGED = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Provider(BaseHTTPRequestHandler):
    """Lets `server.person` in without asking; signs with another key where `server.forges`."""

    server: Any
    nonces: dict[str, str] = {}  # noqa: RUF012 (Of codes; all handlers share it.)

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/authorize":
            self.nonces[code := secrets.token_urlsafe(8)] = query["nonce"][0]
            back = urlencode({"code": code, "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
            self.end_headers()
            return
        self._say({"/.well-known/openid-configuration": self._about, "/keys": _keys, "/person": self._person}[path]())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        word = base64.b64decode(self.headers["Authorization"].partition(" ")[2]).decode()
        nonce = self.nonces.pop(form["code"][0])
        if word != f"{CLIENT}:{SECRET}":
            self.send_error(401)
            return
        now = int(time.time())
        claims = {"iss": self._address, "aud": CLIENT, "iat": now, "exp": now + LASTS, "nonce": nonce, **self._person()}
        signed = jwt.encode(claims, FORGED if self.server.forges else KEY, "RS256", {"kid": "1"})
        self._say({"access_token": "opens", "token_type": "Bearer", "expires_in": LASTS, "id_token": signed})

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _about(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        places["userinfo_endpoint"] = "person"
        said = {name: f"{self._address}/{path}" for name, path in places.items()}
        return {"issuer": self._address, "id_token_signing_alg_values_supported": ["RS256"], **said}

    def _person(self) -> dict[str, str]:
        who = self.server.person
        return {"sub": who, "email": f"{who}@example.org", "given_name": who, "family_name": who}

    def _say(self, said: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


def _keys() -> dict[str, Any]:
    key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}
