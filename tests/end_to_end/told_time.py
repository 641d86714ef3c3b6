"""The `lakehouse` command, after saying what time it is and in which zone: a test makes sure that both are what it set.

The processes that it starts have the machine's own clock: a Java server waits for ever on one that was set. No SQL asks a clock
(tests/test_architecture.py)."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from lakehouse.cli import run

if __name__ == "__main__":
    print(f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d} {time.tzname[0]}", flush=True)
    os.environ.pop("LD_PRELOAD", None)
    run(sys.argv[1:])
