"""The pages that people read, and the parts of them that tests follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
HOW_TO = DOCS / "how-to"
FENCE = re.compile(r"^( *)```([a-z]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"^`([^`\n]+)`:\n\n```[a-z]+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
TABLE_ROW = re.compile(r"^\| (.+?) \|$", re.MULTILINE)


def pages() -> list[Path]:
    """All pages in Markdown: those at the top and those below `docs`."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def text(page: Path) -> str:
    """What a page says."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text(page))


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code of a language on a page."""
    return [found[3] for found in FENCE.finditer(text(page)) if found[2] == language]


def files(page: Path) -> dict[str, str]:
    """The files that a page shows whole: each block that follows a line with nothing but a path and a colon."""
    return {found[1]: found[2] for found in NAMED.finditer(text(page))}


def links(page: Path) -> list[str]:
    """Where a page links to."""
    return LINK.findall(prose(page))


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """Cells of the first table below a heading, without its head."""
    below = re.split(rf"^#+ {re.escape(heading)}$", text(page), flags=re.MULTILINE)[1]
    section = re.split(r"^#", below, flags=re.MULTILINE)[0]
    for line in TABLE_ROW.findall(section)[2:]:
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\) ?\| ?", line)]


def anchors(page: Path) -> set[str]:
    """Names of a page's headings and marks, as links call them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text(page)), flags=re.MULTILINE)
    plain = (
        "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_") for heading in headings
    )
    return {heading.replace(" ", "-") for heading in plain} | set(re.findall(r'<a id="([^"]+)">', text(page)))
