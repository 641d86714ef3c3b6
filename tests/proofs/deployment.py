"""Superset as `docker-compose.yml` has it, over servers of this machine: every test of Superset asks it, and some ask only it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from lakehouse import debian
from lakehouse.errors import LakehouseError
from tests.postgres import provide

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("test_dashboards.py", "test_deployed.py", "test_publications.py", "test_readers.py")


@dataclass(frozen=True)
class Asked:
    """tests: how many ran.   wrong: those that did not pass."""

    tests: int
    wrong: list[str]


def asked(folder: Path) -> Asked:
    """Run the tests over a night of their own. Raises PROOF-001 without a Redis, PROVINCE-003 without a PostgreSQL."""
    if shutil.which("redis-server") is None and not (debian.can_install() and debian.install("redis-server")):
        raise LakehouseError("PROOF-001", "No Redis is installed.", do="Install Debian's redis-server.")
    provide()
    results = folder / "results.xml"
    command = [sys.executable, "-m", "pytest", "-q", "--deployed", f"--junitxml={results}"]
    command += [str(ROOT / "tests" / "end_to_end" / name) for name in TESTS]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if not results.exists():
        return Asked(0, [f"pytest ended with {done.returncode}: {done.stdout[-2000:]}"])
    cases = list(ElementTree.parse(results).iter("testcase"))  # noqa: S314 (We had it written.)
    wrong = [
        f"{case.get('name')}: {each.get('message')}"
        for case in cases
        for each in case
        if each.tag in ("failure", "error", "skipped")
    ]
    return Asked(len(cases), wrong)
