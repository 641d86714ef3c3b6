"""Errors that people read: a code, what is wrong, where, and what to do. No value of a patient ever stands in one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class LakehouseError(Exception):
    """Something a person can mend. The command line prints it as sentences, without a traceback, and exits with `status`.

    code: stable, e.g. `KEYS-002`, listed in `docs/errors.md`.
    what: one sentence: what is wrong.
    where: file, delivery, column, offset; never a cell of patient data.
    do: one sentence: how to mend it.
    """

    status = 2

    def __init__(self, code: str, what: str, *, where: str = "", do: str = "") -> None:
        self.code, self.what, self.where, self.do = code, what, where, do
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        mend = f" {self.do}" if self.do else ""
        return f"{self.code}: {self.what}{place}{mend}"

    def __reduce__(self) -> tuple[Callable[..., LakehouseError], tuple[type[LakehouseError], str, str, str, str]]:
        """Errors cross from one process to another: there they are made anew from their parts."""
        return _again, (type(self), self.code, self.what, self.where, self.do)


def _again(kind: type[LakehouseError], code: str, what: str, where: str, do: str) -> LakehouseError:
    return kind(code, what, where=where, do=do)


class DamageError(LakehouseError):
    """The lake contradicts itself (an account out of balance, a digest that differs): the night stops for everybody."""

    status = 3


class BusyError(LakehouseError):
    """Another night holds the lake; nothing was touched."""

    status = 4


class PassingError(LakehouseError):
    """A fault of the line or of the machine: the same may succeed a little later without anybody mending anything."""


@contextmanager
def told() -> Iterator[None]:
    """An error of the block becomes one sentence on standard error and its exit code; so does what the system says of a file.

    What it says of no file, such as of a network, and any other fault of the program stay as they are."""
    try:
        yield
    except (LakehouseError, OSError) as error:
        known = error if isinstance(error, LakehouseError) else _of_a_file(error)
        if known is None:
            raise
        print(known, file=sys.stderr)
        sys.exit(known.status)


def _of_a_file(error: OSError) -> LakehouseError | None:
    """The error as a sentence; None where it names no file. An answer over HTTP names its address, and has no number."""
    if error.errno is None or not isinstance(error.filename, str | bytes | os.PathLike):
        return None
    return LakehouseError(
        "FILES-001",
        "A file could not be read or written.",
        where=f"{os.fsdecode(error.filename)}: {error.strerror}",
        do="Check the place, its rights and the free disk; `lakehouse doctor` looks at those of the home.",
    )
