"""The generated pages: which there are, writing them, and finding those that are out of date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jobs.documentation.dictionary import dictionary
from jobs.documentation.naming import naming
from jobs.documentation.standard import standard
from lakehouse.files import write_whole
from warehouse_models.catalogue import Catalogue

FOLDER = Path(__file__).resolve().parents[2] / "docs"
PAGES: Mapping[str, Callable[[Catalogue], str]] = {
    "data-dictionary.md": dictionary,
    "exchange-standard.md": standard,
    "naming.md": lambda _: naming(),
}


def stale(catalogue: Catalogue, folder: Path) -> list[str]:
    """Names of the pages that differ from what the declarations say, or are missing."""
    return [name for name, text in _texts(catalogue).items() if not _holds(folder / name, text)]


def write(catalogue: Catalogue, folder: Path) -> list[str]:
    """Write the pages that are out of date; their names."""
    texts = _texts(catalogue)
    changed = [name for name, text in texts.items() if not _holds(folder / name, text)]
    for name in changed:
        write_whole(folder / name, texts[name].encode())
    return changed


def _texts(catalogue: Catalogue) -> dict[str, str]:
    return {name: page(catalogue) for name, page in PAGES.items()}


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text
