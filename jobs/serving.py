"""What dashboards open: the marts of a publication in one DuckDB file, written anew and swapped by one link.

Readers that have the old file open go on reading it. Only marts are in it: aggregates, and no row of a patient.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs import overview, served
from jobs.onboarding import standing
from jobs.publication import Publication
from lakehouse.files import folder_whole, sync
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.mart import MartTable
from warehouse_models.served import BESIDE

# Folders: pages are of the last two publications, and a question about the one before these may still be under way.
KEPT = 3


def serve(settings: Settings, publication: Publication, tables: Sequence[MartTable] | None = None) -> bool:
    """Write the file of a publication and show it; False when it is shown already. Raises LakehouseError when a
    pinned version of a table can no longer be read. `tables`: contracts of the marts to serve, by default all."""
    every = registry.marts().values() if tables is None else tables
    wanted = [table for table in every if table.name in publication.tables]
    stands = standing(settings, publication.night)
    content = _content(publication, wanted, stands)
    if _served_content(settings.serving) == content:
        return False
    folder = settings.serving.parent.with_name(f"{publication.number:06d}-{content[:12]}")
    if _served_content(folder / settings.serving.name) == content:  # As after a rollback; readers may have it open.
        os.utime(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        with folder_whole(folder) as temporary:
            served.write_file(temporary / settings.serving.name, settings, publication, wanted, stands, content)
    show(folder, settings.serving.parent)
    return True


def show(folder: Path, link: Path) -> None:
    """Show the publication of a folder beside the link, and remove what nobody can read any more."""
    _swap(folder, link)
    _forget(link)


def _content(publication: Publication, tables: Sequence[MartTable], stands: Mapping[MartTable, pa.Table]) -> str:
    """Digest of everything that the file is written from."""
    names = [*(table.name for table in tables), *(name for name in (served.REGISTER,) if name in publication.tables)]
    pins = [[publication.tables[name][part] for part in ("version", "digest")] for name in names]
    texts = [served.described(table) for table in (*tables, *BESIDE)]
    rows = [table.to_pylist() for table in stands.values()]
    said = [publication.number, publication.night.isoformat(), pins, texts, rows, overview.SQL]
    text = json.dumps(said, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _served_content(path: Path) -> str | None:
    """The digest in the file that is served now; None when there is no file, or none that can be read."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("select content from meta.publication").fetchone()
    except duckdb.Error:
        return None
    return str(found[0]) if found else None


def _swap(folder: Path, link: Path) -> None:
    """Make the link point to a folder: readers see the old one or the new one."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(folder.name)
    if link.is_dir() and not link.is_symlink():  # Some ways of copying a lake make a folder of it.
        shutil.rmtree(link)
    os.replace(temporary, link)
    sync(link.parent)


def _forget(link: Path) -> None:
    """Remove all folders but the one that is shown and the latest others, and what a killed run left behind."""
    shown = link.resolve()
    others = [path for path in link.parent.iterdir() if path not in (link, shown)]
    whole = sorted((path for path in others if not path.name.startswith(".")), key=lambda path: path.stat().st_mtime_ns)
    for path in {*others} - {*whole[-(KEPT - 1) :]}:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
