"""Markdown, as the pages need it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

GENERATED = "<!-- Written by `lakehouse contracts docs` from the declarations. Change those, not this page. -->"
SLOT = re.compile(r"\{\{([a-z_]+)\}\}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty cells are blanks."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def cell(text: str) -> str:
    """Text that may stand in a cell: a bar would end the cell, a line break the row."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """Text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several texts as code, with commas."""
    return ", ".join(code(text) for text in texts)


def anchor(heading: str) -> str:
    """The name by which a heading is linked to."""
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def link(text: str, heading: str) -> str:
    """A link to a heading of the same page."""
    return f"[{text}](#{anchor(heading)})"


def fenced(text: str, language: str = "") -> str:
    """A block of text as it is."""
    return f"```{language}\n{text}\n```"


def filled(template: str, slots: Mapping[str, str]) -> str:
    """A text with its `{{slots}}` filled. Raises KeyError for a slot that nobody fills, ValueError for one too many."""
    wanted = set(SLOT.findall(template))
    if unused := sorted(set(slots) - wanted):
        raise ValueError(f"the text has no places for {', '.join(unused)}")
    return SLOT.sub(lambda found: slots[found[1]], template)


def page(*parts: str) -> str:
    """Parts with an empty line between them, and a line break at the end."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
