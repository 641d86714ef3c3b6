"""The same nights in other surroundings: another time zone, language, hash seed, number of cores and partitions. One digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.proofs import kill

JAVA = "JAVA_TOOL_OPTIONS"
# A time zone a day ahead; a language that has another i. A small batch has one partition on any number of cores; told that
# it is large, it has twice as many as cores.
SURROUNDINGS: Mapping[str, Mapping[str, str]] = {
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "language": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", JAVA: "-Duser.language=tr -Duser.country=TR"},
    "hash seed": {"PYTHONHASHSEED": "4711"},
    "one core, two partitions": {"LAKEHOUSE_SPARK_CORES": "1", "LAKEHOUSE_SPARK_SMALL": "0"},
    "five cores, ten partitions": {"LAKEHOUSE_SPARK_CORES": "5", "LAKEHOUSE_SPARK_SMALL": "0"},
}


def differing(folder: Path, report: Callable[[str], None]) -> dict[str, list[str]]:
    """Surroundings -> how the lake differs there after both nights in one run."""
    stage = kill.prepare(folder)
    found = {}
    for name, surroundings in SURROUNDINGS.items():
        home = stage.home(name.replace(",", "").replace(" ", "-"))
        home.ask("night", "--nights", f"{kill.NIGHTS[0]}:{kill.NIGHTS[-1]}", **surroundings)
        found[name] = kill.differences(stage.end, kill.state(home))
        report(f"{name}: {found[name] or 'the same'}")
    return found
