"""The audit trail: who did what, and why. Append-only, one numbered file a line; no value of a patient stands in one."""

from __future__ import annotations

import os
import threading
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lakehouse.files import read_json, sync, write_json
from lakehouse.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")


def note(settings: Settings, action: str, who: str, why: str, **about: Any) -> None:
    """Add a line. action: a noun of the spine and a verb, e.g. `hold.release`.   about: what it was done to."""
    folder = settings.audit
    folder.mkdir(parents=True, exist_ok=True)
    at = f"{datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}"
    line = {"at": at, "action": action, "who": who, "why": why, **about}
    temporary = folder / f".{os.getpid()}-{threading.get_ident()}"
    write_json(temporary, line)
    number = 1 + len(list(folder.glob("[0-9]*.json")))
    while not _linked(temporary, folder / f"{number:06d}.json"):
        number += 1  # Somebody else has just taken it.
    temporary.unlink()
    sync(folder)


def trail(settings: Settings) -> list[dict[str, Any]]:
    """All lines, oldest first."""
    return [read_json(file) for file in sorted(settings.audit.glob("[0-9]*.json"))]


def _linked(source: os.PathLike[str], target: os.PathLike[str]) -> bool:
    """Give a file its name, unless another one has it."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    return True
