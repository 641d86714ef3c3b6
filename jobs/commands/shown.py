"""How commands show things: one console, JSON, numbers, and headings in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

FATES_ZH = {
    "declared": "申报",
    "refused": "拒收",
    "landed": "落地",
    "accepted": "接收",
    "quarantined": "隔离",
    "waiting": "等待",
    "repeated": "重复",
    "superseded": "取代",
    "deleted": "删除",
}


def console() -> Console:
    """Standard output, as wide as the terminal; nothing in it is colored by what it looks like."""
    return Console(highlight=False, markup=False, emoji=False)


def show_json(value: Any) -> None:
    """Print a value as JSON that a program and a person can read."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def plain_table(title: str = "") -> Table:
    """A table with a line under its head and nothing else that could wrap."""
    return Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)


def both(chinese: str, english: str) -> str:
    """A heading in both languages, one above the other: columns stay narrow."""
    return f"{chinese}\n{english}"


def number(value: int) -> str:
    """A number with its thousands apart; nothing for none, so that what is there is seen."""
    return f"{value:,}" if value else "·"


def indented(text: RenderableType, by: int = 2) -> Padding:
    """Something moved to the right, without blanks after it."""
    return Padding(text, (0, 0, 0, by), expand=False)


def flowing(parts: Iterable[str], width: int) -> Text:
    """Parts side by side as far as they go into the width: a line breaks between parts, never within one."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(f"{lines[-1]} · {part}") <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return Text("\n".join(lines))


def pairs(rows: Iterable[tuple[str, list[str]]], out: Console) -> None:
    """Print names on the left and what is to say of each on the right, in parts that flow within their column."""
    every = list(rows)
    left = min(34, max((cell_len(name) for name, _ in every), default=0))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, overflow="ellipsis", width=left)
    grid.add_column(overflow="fold")
    for name, parts in every:
        grid.add_row(Text(name), flowing(parts, out.width - left - 4))
    out.print(indented(grid))
