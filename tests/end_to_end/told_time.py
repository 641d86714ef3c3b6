"""The `lakehouse` command, after saying what time it is: a test makes sure that the clock is the one it set."""

from __future__ import annotations

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from lakehouse.cli import run

if __name__ == "__main__":
    print(f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d}", flush=True)
    run(sys.argv[1:])
