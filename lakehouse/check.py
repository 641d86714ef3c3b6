"""Everything that must hold before a change lands, apart from the tests: one line for each check."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from lakehouse.console import as_program

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
LAKEHOUSE = str(Path(sys.executable).parent / "lakehouse")

CHECKS: dict[str, list[str]] = {
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "architecture": [PYTHON, "-m", "pytest", "-q", "--no-header", "tests/test_architecture.py"],
    "contracts": [LAKEHOUSE, "contracts", "check"],
    "documentation": [LAKEHOUSE, "contracts", "docs", "--check"],
}


def passes(name: str, command: list[str]) -> bool:
    """Run one check in the checkout and print its line; what it found follows only when it failed."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:<14}{verdict:<8}{time.monotonic() - began:5.1f} s", flush=True)
    if done.returncode != 0:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return done.returncode == 0


def main(checks: dict[str, list[str]] = CHECKS) -> int:
    """Run all checks, also after one failed; 0 when all passed."""
    results = [passes(name, command) for name, command in checks.items()]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    as_program(main)
