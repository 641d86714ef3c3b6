"""The `lakehouse` command, after saying what time it is: a test makes sure that the clock is the one it set.

The processes that it starts have the machine's own clock: a Java server waits for ever on one that was set."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from lakehouse.cli import run

if __name__ == "__main__":
    print(f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d}", flush=True)
    os.environ.pop("LD_PRELOAD", None)
    run(sys.argv[1:])
