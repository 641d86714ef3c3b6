"""Where things lie: the site (what a deployment declares) and the home (what the lakehouse writes)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Folders of one deployment. `site` is read only; everything the lakehouse writes lies under `home`."""

    home: Path
    site: Path
    keys: Path

    @property
    def landing(self) -> Path:
        """Landed deliveries: `<point>/<date>-<sequence>-<manifest digest, 8 hex>/`."""
        return self.home / "landing"

    @property
    def sealed(self) -> Path:
        """Original bytes of every delivery, encrypted; the only place that may hold an identifier."""
        return self.home / "sealed"

    @property
    def received(self) -> Path:
        """What hospitals pushed, encrypted, until a night has taken it: `<point>/`."""
        return self.home / "received"

    @property
    def lake(self) -> Path:
        """Delta tables, `<layer>/<table>`."""
        return self.home / "lake"

    @property
    def ledger(self) -> Path:
        """Accounts, verdicts, decisions and batches: one file a batch or decision, each written whole."""
        return self.home / "ledger"

    @property
    def publications(self) -> Path:
        """`<number>.json`: pinned versions and digests; `current` names the one that readers see."""
        return self.home / "publications"

    @property
    def serving(self) -> Path:
        """The DuckDB file that dashboards open read-only."""
        return self.home / "serving" / "marts.duckdb"

    @property
    def run(self) -> Path:
        """Locks, pid files, leases, spill and logs of running processes."""
        return self.home / "run"

    @property
    def audit(self) -> Path:
        """The audit trail: `<number>.json`, one file a line, never written again."""
        return self.home / "audit"

    @property
    def docs(self) -> Path:
        """Data Docs of the gates."""
        return self.home / "docs"


def from_environment() -> Settings:
    """Settings from LAKEHOUSE_HOME (default `.lakehouse`), LAKEHOUSE_SITE (default `<home>/province/site`) and
    LAKEHOUSE_KEYS (default `<home>/keys`)."""
    home = Path(os.environ.get("LAKEHOUSE_HOME", ".lakehouse")).absolute()
    site = Path(os.environ.get("LAKEHOUSE_SITE", home / "province" / "site")).absolute()
    keys = Path(os.environ.get("LAKEHOUSE_KEYS", home / "keys")).absolute()
    return Settings(home=home, site=site, keys=keys)
