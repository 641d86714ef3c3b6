"""What a running command says: a live line on a terminal, plain lines elsewhere; never a cell of patient data."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from rich.console import Console
from rich.status import Status

from lakehouse.errors import LakehouseError, told


@dataclass
class Reporter:
    """Tells a person what is being done. quiet: say nothing.   Lines bear the seconds since the start."""

    quiet: bool = False
    console: Console = field(default_factory=lambda: Console(file=sys.stderr, highlight=False))
    started: float = field(default_factory=time.monotonic)
    _status: Status | None = None
    _lock: Lock = field(default_factory=Lock)

    def line(self, text: str) -> None:
        """Say something that stays."""
        if not self.quiet:
            with self._lock:
                self.console.print(f"[dim]{time.monotonic() - self.started:6.1f} s[/dim]  {text}", soft_wrap=True)

    def doing(self, text: str) -> None:
        """Say what is going on just now; only a terminal shows it, and the next saying replaces it."""
        with self._lock:
            if self._status is not None:
                self._status.update(text)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A named step: live while it runs, one line when it is done."""
        begun = time.monotonic()
        if self.quiet or not self.console.is_terminal:
            yield
        else:
            with self.console.status(name) as status:
                self._status = status
                try:
                    yield
                finally:
                    self._status = None
        self.line(f"{name}  [dim]{time.monotonic() - begun:.1f} s[/dim]")


def as_program(main: Callable[[], int | None]) -> None:
    """Run a program that takes no words, and end with what it gives; an error becomes one sentence and its exit code.

    `--help` prints what its module says and runs nothing; any other word is refused, PROGRAM-001."""
    words = sys.argv[1:]
    with told():
        if words in (["-h"], ["--help"]):
            print((sys.modules[main.__module__].__doc__ or "").strip())
        elif words:
            what = "This program takes no words."
            raise LakehouseError("PROGRAM-001", what, where=" ".join(words), do="`--help` says what it does.")
        else:
            sys.exit(main())
