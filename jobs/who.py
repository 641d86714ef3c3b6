"""Who acts: the name that stands beside a decision or a move of the pin."""

from __future__ import annotations

import getpass
import os


def operator() -> str:
    """Login name of the person at the terminal; the number of the user where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
