"""Search what a lakehouse has written for the planted patients of its province: `python -m tests.canaries HOME CANARIES`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from tests.canaries.needles import numbers, patterns, planted
from tests.canaries.scan import scan
from tests.canaries.search import Search


def main(home: str, canaries: str) -> int:
    """Print what was searched and where something stands; 1 when something does."""
    begun = time.monotonic()
    identifiers = planted(Path(canaries))
    found = scan(Search(patterns(identifiers), numbers(identifiers)), [Path(home)])
    print(f"{found.files} files, {found.size / 1e6:.0f} MB in {time.monotonic() - begun:.1f} s: {found.layers}")
    print(f"unreadable: {Counter(found.unreadable)}")
    for (path, layer), count in Counter((each.path, each.layer) for each in found.found).items():
        print(f"{count} identifiers in {path}, {layer}")
    return 1 if found.found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
