"""Maintenance: what nobody can need any more is removed. Nothing that a publication or a replay may still read is."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs import ledger, spark_keeper
from jobs.lake import exists, mart_path, staged_path, table_path, waiting_path
from jobs.landing.shelf import shelf
from jobs.lock import lock, wait_seconds
from jobs.publication import KEPT, Publication, listing
from jobs.receiver.store import Received
from jobs.site import load_points
from lakehouse.settings import Settings
from warehouse_models import registry

LOG = logging.getLogger("lakehouse.maintain")
UNCLOSED_DAYS = 30  # docs/http-interface.md promises them.
RETENTION_HOURS = 30 * 24  # As the tables' own `delta.deletedFileRetentionDuration` says.


def expire_originals(settings: Settings, day: str) -> None:
    """Destroy the sealed originals of refused deliveries whose last day was before `day`."""
    with lock(settings, wait_seconds()):
        shelf(settings, [point.id for point in load_points(settings)]).expire(date.fromisoformat(day))


def expire_uploads(settings: Settings, day: str) -> int:
    """Remove what points have pushed and not closed within UNCLOSED_DAYS before `day`: how many uploads."""
    before = date.fromisoformat(day) - timedelta(days=UNCLOSED_DAYS)
    return sum(Received(settings, point.id).expire(before) for point in load_points(settings))


def clear_spill(settings: Settings) -> None:
    """Remove what killed Spark servers have left. Whoever runs one by hand holds the lake meanwhile."""
    with lock(settings, wait_seconds()):
        shutil.rmtree(settings.run / "spark", ignore_errors=True)
        if not spark_keeper.is_kept(settings.run):
            shutil.rmtree(settings.run / spark_keeper.FOLDER, ignore_errors=True)


def vacuum(settings: Settings) -> dict[str, int]:
    """Remove files of tables that neither their latest version nor a kept publication needs: how many, by table.

    A version that a publication pins is kept whatever its age. Spark's own command would look at the retention of the table
    alone, and take twenty seconds for each. Nothing is done while a batch is unfinished: it reads at the versions that it
    began with.
    """
    with lock(settings, wait_seconds()):
        if ledger.unfinished(settings):
            return {}
        kept = listing(settings)[-KEPT:]  # The one that is shown is always among them.
        return {name: _vacuumed(path, _pins(kept, name)) for name, path in _tables(settings).items()}


def _pins(kept: Sequence[Publication], name: str) -> list[int]:
    """Versions of a table that publications pin."""
    return sorted({made.tables[name]["version"] for made in kept if name in made.tables})


def _vacuumed(path: Path, pins: list[int]) -> int:
    """How many files of a table were removed; not one where its log no longer tells of a version that is pinned."""
    try:
        found = DeltaTable(str(path)).vacuum(RETENTION_HOURS, dry_run=False, full=True, keep_versions=pins or None)
    except DeltaError as error:
        LOG.warning("%s is left as it is: %s", path.name, error)
        return 0
    return len(found)


def _tables(settings: Settings) -> dict[str, Path]:
    """Every table that there is, by the name that publications use; staged and waiting ones are in none."""
    conformed = registry.conformed()
    places = {name: table_path(settings, table) for name, table in conformed.items()}
    places |= {name: mart_path(settings, mart) for name, mart in registry.marts().items()}
    places |= {f"staged.{name}": staged_path(settings, table) for name, table in conformed.items()}
    places |= {f"waiting.{name}": waiting_path(settings, table) for name, table in conformed.items()}
    return {name: path for name, path in places.items() if exists(path)}
