"""Served publications of tests' own making, and the link that shows one of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Shown:
    """link: names the folder of the publication that readers see.   first: name of the folder of the built night."""

    link: Path
    first: str

    def show(self, name: str) -> None:
        """Show a folder beside the link, as a night does it, and remove none."""
        temporary = self.link.with_name(f".{self.link.name}")
        temporary.symlink_to(name)
        os.replace(temporary, self.link)

    def altered(self, name: str, *statements: str) -> str:
        """A copy of the built night's folder in which statements have changed the file; its name."""
        folder = self.link.with_name(name)
        shutil.copytree(self.link.with_name(self.first), folder)
        with duckdb.connect(str(folder / "marts.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)
        return name

    @contextmanager
    def showing_none(self) -> Iterator[None]:
        """Show nothing for a while, as before the first publication."""
        self.link.unlink()
        try:
            yield
        finally:
            self.show(self.first)

    @contextmanager
    def showing(self, name: str) -> Iterator[None]:
        """Show another folder for a while, and remove it then."""
        self.show(name)
        try:
            yield
        finally:
            self.show(self.first)
            shutil.rmtree(self.link.with_name(name))
