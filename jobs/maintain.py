"""Maintenance: what nobody can need any more is removed. Nothing that a publication or a replay may still read is."""

from __future__ import annotations

import math
import shutil
import time
from datetime import date
from pathlib import Path

from deltalake import DeltaTable

from jobs import ledger, spark_keeper, spark_lease
from jobs.lake import exists, mart_path, staged_path, table_path, waiting_path
from jobs.landing.shelf import shelf
from jobs.lock import lock, wait_seconds
from jobs.publication import KEPT, listing
from jobs.site import load_points
from lakehouse.settings import Settings
from warehouse_models import registry

RETENTION_HOURS = 30 * 24  # As the tables' own `delta.deletedFileRetentionDuration` says.


def expire_originals(settings: Settings, day: str) -> None:
    """Destroy the sealed originals of refused deliveries whose last day was before `day`."""
    with lock(settings, wait_seconds()):
        shelf(settings, [point.id for point in load_points(settings)]).expire(date.fromisoformat(day))


def clear_spill(settings: Settings) -> None:
    """Remove what killed Spark servers have left. Whoever runs one by hand holds the lake meanwhile."""
    with lock(settings, wait_seconds()):
        shutil.rmtree(settings.run / "spark", ignore_errors=True)
        if not spark_keeper.is_kept(settings.run):
            shutil.rmtree(settings.run / spark_keeper.FOLDER, ignore_errors=True)


def vacuum(settings: Settings) -> dict[str, int]:
    """Remove files of tables that no kept publication can need: hours of history kept, by table.

    Nothing is done while a batch is unfinished: it reads at the versions that it began with.
    """
    tables = _tables(settings)
    with lock(settings, wait_seconds()):
        if ledger.unfinished(settings) or not tables:
            return {}
        hours = {name: _hours(settings, name, path) for name, path in tables.items()}
        with spark_lease.session(settings, "maintenance/vacuum") as spark:
            for name, path in tables.items():
                spark.sql(f"vacuum delta.`{path}` retain {hours[name]} hours").collect()
    return hours


def _tables(settings: Settings) -> dict[str, Path]:
    """Every table that there is, by the name that publications use; staged and waiting ones are in none."""
    conformed = registry.conformed()
    places = {name: table_path(settings, table) for name, table in conformed.items()}
    places |= {name: mart_path(settings, mart) for name, mart in registry.marts().items()}
    places |= {f"staged.{name}": staged_path(settings, table) for name, table in conformed.items()}
    places |= {f"waiting.{name}": waiting_path(settings, table) for name, table in conformed.items()}
    return {name: path for name, path in places.items() if exists(path)}


def _hours(settings: Settings, name: str, path: Path) -> int:
    """How far back files must be kept: the retention, or to the oldest version that a kept publication pins.

    A file that this version needs was removed after it was committed, so that no such file is older.
    """
    pins = [made.tables[name]["version"] for made in listing(settings)[-KEPT:] if name in made.tables]
    if not pins:
        return RETENTION_HOURS
    committed = {entry["version"]: entry["timestamp"] / 1000 for entry in DeltaTable(str(path)).history()}
    oldest = committed.get(min(pins), 0.0)  # A version that the log no longer tells of keeps everything.
    return max(RETENTION_HOURS, math.ceil((time.time() - oldest) / 3600) + 1)
