"""Debian's PostgreSQL server: there, or installed where that is possible without asking."""

from __future__ import annotations

import fcntl

from jobs.province.exchange_points import postgres
from lakehouse import debian
from lakehouse.errors import LakehouseError


def provide() -> None:
    """Install the server if there is none and this process may. Where there is none then either, `serving` says so."""
    with open(__file__) as ours:
        fcntl.flock(ours, fcntl.LOCK_EX)  # Two processes of a test run need it at once; the second finds it there.
        if not _is_there() and debian.can_install():
            debian.install("postgresql")


def _is_there() -> bool:
    try:
        postgres.installed()
    except LakehouseError:
        return False
    return True
