"""Where things lie: the site (what a deployment declares) and the home (what the lakehouse writes)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lakehouse.errors import LakehouseError

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


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
        """The DuckDB file that dashboards open read-only. Its folder is a link that is swapped when a publication is shown."""
        return self.home / "serving" / "current" / "marts.duckdb"

    @property
    def run(self) -> Path:
        """Locks, pid files, leases, spill and logs of running processes."""
        return self.home / "run"

    @property
    def audit(self) -> Path:
        """The audit trail: `<number>.json`, one file a line, never written again."""
        return self.home / "audit"

    @property
    def lineage(self) -> Path:
        """OpenLineage events: one file a batch."""
        return self.home / "lineage"

    @property
    def docs(self) -> Path:
        """Data Docs of the gates."""
        return self.home / "docs"


def from_environment() -> Settings:
    """Settings from LAKEHOUSE_HOME (default `.lakehouse`), LAKEHOUSE_SITE (default `<home>/province/site`) and
    LAKEHOUSE_KEYS (default `<home>/keys`). Raises HOME-001 for an address such as `s3a://bucket`."""
    home = _folder("LAKEHOUSE_HOME", Path(".lakehouse"))
    site = _folder("LAKEHOUSE_SITE", home / "province" / "site")
    keys = _folder("LAKEHOUSE_KEYS", home / "keys")
    return Settings(home=home, site=site, keys=keys)


def _folder(name: str, default: Path) -> Path:
    stated = os.environ.get(name, str(default))
    if SCHEME.match(stated):
        # On an object store two drivers can both commit the same version of a table, and one of them is lost in silence.
        raise LakehouseError(
            "HOME-001",
            f"{name} is no path of a file system.",
            where=stated.partition(":")[0] + "://…",  # What follows may hold a key.
            do="Give a path; on a cluster, of a file system that all of its machines mount.",
        )
    return Path(stated).absolute()
