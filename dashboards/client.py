"""A Superset's interface, as far as assets, roles and readers need it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx

from lakehouse.errors import LakehouseError

PAGE = 10_000  # As many as the settings allow.
PAUSES = (0.5, 1.0, 2.0)  # Seconds; the limit is of a second.


class Superset:
    """A session of one user. address: without a path.   Every call raises DASHBOARD-010 when Superset refuses or is away."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=300, headers={"Referer": address}, trust_env=False)
        self._login = {"username": user, "password": password, "provider": "db", "refresh": False}
        self.log_in()

    def log_in(self) -> None:
        """Log in, or once more: what Superset gives for it holds for a quarter of an hour."""
        self._http.headers.pop("Authorization", None)
        token = self.ask("POST", "/security/login", self._login)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._http.headers["X-CSRFToken"] = self.ask("GET", "/security/csrf_token/")["result"]

    def __enter__(self) -> Superset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call the interface below `/api/v1`; what it answers."""
        return self.call(method, path, json=body, **more).json()

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the interface below `/api/v1`; the answer as it came."""
        try:
            said = self.patiently(method, f"/api/v1{path}", **more)
        except httpx.HTTPError as error:
            raise _refused(path, type(error).__name__, "Start Superset, and check its address.") from None
        if said.is_error:
            raise _refused(path, f"{said.status_code} {said.text[:500]}", "Read Superset's log.")
        return said

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send anything; the answer as it came, refused or not. Raises httpx.HTTPError when there is none."""
        return self._http.request(method, path, **more)

    def patiently(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send anything; again after a moment when Superset says that it was asked too often."""
        for seconds in PAUSES:
            if (said := self.send(method, path, **more)).status_code != httpx.codes.TOO_MANY_REQUESTS:
                return said
            time.sleep(seconds)
        return self.send(method, path, **more)

    def listed(self, kind: str, columns: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """All of a kind, such as `chart`: id and the columns. It is one page: lists have no order that all kinds know, and
        pages without one may overlap."""
        query = {"page": 0, "page_size": PAGE, **({"columns": ["id", *columns]} if columns else {})}
        said = self.ask("GET", f"/{kind}/", params={"q": json.dumps(query)})
        if len(said["result"]) < said["count"]:
            raise _refused(
                kind, f"{len(said['result'])} of {said['count']} listed", "Start Superset with our settings."
            )
        return list(said["result"])

    def numbers(self, kind: str, by: str = "uuid") -> dict[str, int]:
        """Number of each of a kind, by its UUID or another column."""
        return {str(each[by]): int(each["id"]) for each in self.listed(kind, (by,))}

    def take(self, bundle: bytes) -> None:
        """Import a bundle; what it names is overwritten."""
        files = {"bundle": ("bundle.zip", bundle, "application/zip")}
        self.call("POST", "/assets/import/", files=files, data={"sparse": "false"})

    def given(self) -> dict[str, Any]:
        """All assets as Superset exports them: path -> text."""
        with zipfile.ZipFile(io.BytesIO(self.call("GET", "/assets/export/").content)) as bundle:
            return {name.partition("/")[2]: bundle.read(name).decode() for name in sorted(bundle.namelist())}

    def remove(self, kind: str, number: int) -> None:
        """Remove one asset."""
        self.call("DELETE", f"/{kind}/{number}")

    def put(self, kind: str, known: Mapping[str, int], name: str, body: Mapping[str, Any]) -> None:
        """Make one of a kind, or change the one of that name. known: as `numbers` says."""
        if name in known:
            self.ask("PUT", f"/{kind}/{known[name]}", dict(body))
        else:
            self.ask("POST", f"/{kind}/", dict(body))


def _refused(path: str, what: str, do: str) -> LakehouseError:
    return LakehouseError("DASHBOARD-010", f"Superset did not do what was asked: {what}.", where=path, do=do)
