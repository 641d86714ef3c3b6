"""A Superset over the demonstration, with a reader of each role, for the proofs that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboards.apply import apply
from dashboards.bundle import render
from dashboards.demonstration import make_readers
from dashboards.local import LocalSuperset, superset
from tests.proofs.embedding import SITES


@contextmanager
def shown(folder: Path) -> Iterator[tuple[LocalSuperset, Path]]:
    """The Superset, and the link by which it shows a copy of the demonstration's publication; `first` beside the link's
    folder is another copy."""
    where = {
        "LAKEHOUSE_HOME": folder / "home",
        "LAKEHOUSE_SITE": folder / "province" / "site",
        "LAKEHOUSE_KEYS": folder / "keys",
    }
    environment = {**os.environ, **{name: str(path) for name, path in where.items()}}
    subprocess.run([sys.executable, "-m", "jobs.demonstration"], env=environment, check=True, stdout=subprocess.DEVNULL)
    served = (folder / "home" / "serving" / "current").resolve()
    link = folder / "shown" / "current"
    for copy in (folder / "first", link.with_name("000000-first")):
        shutil.copytree(served, copy)
    link.symlink_to("000000-first")
    with superset(folder / "superset", link, SUPERSET_EMBEDDED_IN=SITES) as running:
        with running.as_administrator() as session:
            apply(session, render())
            make_readers(running, session, link / "marts.duckdb")
        yield running, link
