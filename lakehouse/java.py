"""The Java runtime that Spark runs on: found, or installed at set-up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lakehouse import debian
from lakehouse.errors import LakehouseError

VERSION = 17
PACKAGE = "openjdk-17-jre-headless"
SYSTEM_RUNTIMES = Path("/usr/lib/jvm")


def java_home() -> Path:
    """The folder of a Java 17 runtime: JAVA_HOME if it is one, else the `java` on PATH, else one the system has."""
    for home in _candidates():
        if java_version(home) == VERSION:
            return home
    raise LakehouseError(
        "JAVA-001",
        f"No Java {VERSION} runtime was found.",
        do=f"Install Debian's {PACKAGE}, or set JAVA_HOME to the folder of a Java {VERSION} runtime.",
    )


def java_version(home: Path) -> int | None:
    """Major version of the runtime in a folder, as it says itself; None when there is none that runs."""
    try:
        done = subprocess.run([str(home / "bin" / "java"), "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(said[1]) if done.returncode == 0 and said else None


def install() -> Path:
    """Find Java 17, or install Debian's where that is possible without asking."""
    try:
        return java_home()
    except LakehouseError:
        if not debian.can_install():
            raise
    if not debian.install(PACKAGE):
        raise LakehouseError(
            "JAVA-002",
            f"Java {VERSION} could not be installed.",
            do=f"Run `apt-get update && apt-get install {PACKAGE}` and mend what it reports, then `make setup`.",
        )
    return java_home()


def _candidates() -> Iterator[Path]:
    if configured := os.environ.get("JAVA_HOME"):
        yield Path(configured)
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    yield from sorted(SYSTEM_RUNTIMES.glob(f"*{VERSION}*"))
