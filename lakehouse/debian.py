"""System packages: what set-up may add by itself where it may (Debian, as root)."""

from __future__ import annotations

import os
import shutil
import subprocess


def can_install() -> bool:
    """Whether this process may install system packages: it is root, and there is an apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str) -> bool:
    """Install a package without asking anything; False when apt-get did not manage."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]):
        done = subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode == 0
