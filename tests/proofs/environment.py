"""The same nights in other surroundings: another time zone, language, hash seed, number of cores. One digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.proofs import kill

JAVA = "JAVA_TOOL_OPTIONS"
# A time zone a day ahead; a language that has another i; one core and so half the partitions.
SURROUNDINGS: Mapping[str, Mapping[str, str]] = {
    "time zone": {"TZ": "Pacific/Kiritimati"},
    "language": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", JAVA: "-Duser.language=tr -Duser.country=TR"},
    "hash seed": {"PYTHONHASHSEED": "4711"},
    "one core": {"LAKEHOUSE_SPARK_CORES": "1"},
    "five cores": {"LAKEHOUSE_SPARK_CORES": "5"},
}


def differing(folder: Path, report: Callable[[str], None]) -> dict[str, list[str]]:
    """Surroundings -> how the lake differs there after both nights in one run."""
    stage = kill.prepare(folder)
    found = {}
    for name, surroundings in SURROUNDINGS.items():
        home = stage.home(name.replace(" ", "-"))
        home.ask("night", "--nights", f"{kill.NIGHTS[0]}:{kill.NIGHTS[-1]}", **surroundings)
        found[name] = kill.differences(stage.end, kill.state(home))
        report(f"{name}: {found[name] or 'the same'}")
    return found
