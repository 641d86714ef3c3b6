"""`lakehouse doctor`: whether this machine can run a night, and how to mend what stands in the way."""

from __future__ import annotations

import json
import locale
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

import lakehouse.keys
from lakehouse import jars, java
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings, from_environment

PINS = Path(__file__).resolve().parents[2] / "requirements" / "lakehouse.txt"
PYTHON = (3, 11)
GIB = 1024**3
# Free disk: a demonstration night needs the first; the second leaves room for a month of a small province.
DISK_FAIL, DISK_WARN = 2 * GIB, 20 * GIB
# Memory: Spark's driver takes 6 GB on two cores; landing and serving run beside it.
MEMORY_FAIL, MEMORY_WARN = 4 * GIB, 8 * GIB
OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """What one look at the machine found: ok, warn or fail, a sentence, and how to mend it."""

    subject: str
    state: str
    says: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything a night rests on, in the order in which one would mend it."""
    yield python()
    yield packages(PINS)
    yield java_runtime()
    yield delta_jars()
    yield disk(settings.home)
    yield memory()
    yield gb18030()
    yield locale_encoding()
    yield beijing_time()
    yield rights(settings.home)
    yield keys(settings)


def python() -> Finding:
    """The interpreter is of the version that everything was run with."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] == PYTHON:
        return Finding("python", OK, f"Python {version}.")
    return Finding(
        "python", FAIL, f"Python {version} instead of 3.11.", "Run `make setup`, then `.venv/bin/lakehouse`."
    )


def packages(pins: Path) -> Finding:
    """Every pinned package is installed in the pinned version."""
    if not pins.is_file():
        return Finding("packages", WARN, "There is no list of pins to compare with.", "Run from a checkout.")
    wanted = [line.split()[0].partition("==")[::2] for line in pins.read_text().splitlines() if "==" in line]
    wrong = [f"{name} {_installed(name)} instead of {pin}" for name, pin in wanted if _installed(name) != pin]
    if wrong:
        shown = ", ".join(wrong[:5]) + (" and more" if len(wrong) > 5 else "")
        return Finding(
            "packages", FAIL, f"{len(wrong)} of {len(wanted)} packages differ: {shown}.", "Run `make setup`."
        )
    return Finding("packages", OK, f"All {len(wanted)} packages are as pinned.")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def java_runtime() -> Finding:
    """Spark finds its Java."""
    try:
        return Finding("java", OK, f"Java {java.VERSION} in {java.java_home()}.")
    except LakehouseError as error:
        return Finding("java", FAIL, error.what, error.do)


def delta_jars() -> Finding:
    """The jars that Delta needs are there, with the pinned digests."""
    wrong = ", ".join(jar.file for jar in jars.damaged(jars.folder()))
    if wrong:
        return Finding("jars", FAIL, f"Missing or damaged: {wrong}.", "Run `make clean setup`.")
    return Finding("jars", OK, f"All {len(jars.JARS)} jars have their digests.")


def disk(home: Path) -> Finding:
    """There is room for what a night writes."""
    free = shutil.disk_usage(_nearest(home)).free
    state = FAIL if free < DISK_FAIL else WARN if free < DISK_WARN else OK
    mend = "" if state == OK else "Free some, or set LAKEHOUSE_HOME to a larger disk."
    return Finding("disk", state, f"{free / GIB:.1f} GiB are free under {home}.", mend)


def memory() -> Finding:
    """There is memory for Spark and what runs beside it."""
    size = memory_size()
    state = FAIL if size < MEMORY_FAIL else WARN if size < MEMORY_WARN else OK
    mend = "" if state == OK else f"Give the machine or the container {MEMORY_WARN // GIB} GiB."
    return Finding("memory", state, f"{size / GIB:.1f} GiB of memory may be used.", mend)


def memory_size(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Bytes of memory of the machine, or of the container when that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = limit.read_text().strip() if limit.is_file() else "max"
    return min(machine, int(said)) if said.isdigit() else machine


def gb18030() -> Finding:
    """A rare character of a name, four bytes long in GB18030, survives the way there and back."""
    rare = "𠂇"
    coded = rare.encode("gb18030")
    if len(coded) == 4 and coded.decode("gb18030") == rare:
        return Finding("gb18030", OK, "Characters of four bytes survive GB18030.")
    return Finding("gb18030", FAIL, "This Python's GB18030 loses rare characters.", "Install a standard Python 3.11.")


def locale_encoding() -> Finding:
    """Files and terminals are read and written as UTF-8."""
    names = {locale.getpreferredencoding(False), sys.getfilesystemencoding()}
    if all(name.replace("-", "").lower() == "utf8" for name in names):
        return Finding("locale", OK, "Texts and file names are UTF-8.")
    return Finding("locale", FAIL, f"The locale is {' and '.join(sorted(names))}, not UTF-8.", "Set LANG=C.UTF-8.")


def beijing_time() -> Finding:
    """The zone data know Beijing time, with its summer time of 1986 to 1991."""
    try:
        zone = ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Finding("zone", FAIL, "Asia/Shanghai is unknown.", "Install the package tzdata.")
    offsets = [datetime(year, 7, 1, tzinfo=zone).utcoffset() for year in (1988, 2026)]
    if offsets == [timedelta(hours=9), timedelta(hours=8)]:
        return Finding("zone", OK, "Beijing time is known, with its summer time of 1986 to 1991.")
    return Finding("zone", FAIL, "The zone data of Asia/Shanghai are wrong.", "Update the package tzdata.")


def rights(home: Path) -> Finding:
    """The lakehouse may write where its state lies."""
    try:
        with tempfile.TemporaryFile(dir=_nearest(home)):
            return Finding("rights", OK, f"{home} can be written.")
    except OSError as error:
        return Finding("rights", FAIL, f"{home} cannot be written ({error.strerror}).", "Set LAKEHOUSE_HOME, or chown.")


def keys(settings: Settings) -> Finding:
    """The keys are as `lakehouse keys check` wants them; a machine that has none yet is only warned."""
    try:
        lakehouse.keys.check(settings)
    except LakehouseError as error:
        state = WARN if error.code == "KEYS-001" else FAIL
        return Finding("keys", state, f"{error.what} ({error.where})", error.do)
    except OSError as error:
        says = f"The keys in {settings.keys} cannot be read ({error.strerror})."
        return Finding("keys", FAIL, says, "Run it as their owner, or chown them.")
    return Finding("keys", OK, "Both keys are there, complete and private.")


def _nearest(path: Path) -> Path:
    """The path itself, or its nearest folder above that exists."""
    return next(place for place in (path, *path.parents) if place.is_dir())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check what a night rests on: versions, Java, jars, disk, memory, encodings, time zone, rights, keys.

    Exit codes: 0 when everything is ok or a warning, 1 when something fails.
    """
    findings = list(examine(from_environment()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<6}{finding.subject:<10}{finding.says} {finding.mend}".rstrip())
    if any(finding.state == FAIL for finding in findings):
        sys.exit(1)
