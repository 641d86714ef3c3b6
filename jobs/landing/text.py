"""Text as the lakehouse writes it: no blanks around it, ASCII in place of full-width forms, codes crosswalked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.landing.arrays import Ints, content, extremes, is_ascii, with_texts

# The full-width forms of ! to ~, and the full-width blank.
HALF_WIDTH = {0xFEE0 + code: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}


def trimmed(cells: Any) -> tuple[Any, int]:
    """The cells without blanks around them, and how many had some. A cell of blanks only is null."""
    low, high = extremes(cells)
    if low > ord(" ") and high < 128:
        return cells, 0
    trim = pc.ascii_trim_whitespace if high < 128 else pc.utf8_trim_whitespace
    bare = trim(cells)
    if len(content(bare)) == len(content(cells)):
        return cells, 0
    changed = pc.sum(pc.not_equal(pc.binary_length(bare), pc.binary_length(cells))).as_py() or 0
    return without_empty(bare), changed


def without_empty(cells: Any) -> Any:
    """The cells with null in place of empty text."""
    return pc.if_else(pc.equal(pc.binary_length(cells), 0), pa.scalar(None, pa.string()), cells)


def half_width(cells: Any) -> tuple[Any, int]:
    """The cells with ASCII in place of full-width forms, and how many had some."""
    if is_ascii(cells):
        return cells, 0
    return changed_by(cells, lambda cell: cell.translate(HALF_WIDTH))


def changed_by(cells: Any, change: Callable[[str], str]) -> tuple[Any, int]:
    """The cells that are not plain ASCII put through a function, and how many it changed."""
    rows = rows_where(pc.invert(pc.string_is_ascii(cells)))
    before = cells.take(pa.array(rows)).to_pylist()
    after = [change(cell) for cell in before]
    count = sum(one != other for one, other in zip(before, after, strict=True))
    return (with_texts(cells, rows, pa.array(after, pa.string())), count) if count else (cells, 0)


def upper(cells: Any) -> Any:
    """The cells in upper case."""
    return pc.ascii_upper(cells) if is_ascii(cells) else pc.utf8_upper(cells)


def compatible(cells: Any) -> Any:
    """The cells in Unicode's form NFKC, in which texts that read alike are alike."""
    return cells if _is_common(cells) else pc.utf8_normalize(cells, form="NFKC")


def without_blanks(cells: Any) -> Any:
    """The cells without any blank, inside too; null where nothing is left."""
    if extremes(cells)[0] > ord(" ") and _is_common(cells):
        return cells
    return without_empty(pc.replace_substring_regex(cells, pattern=r"[\s\p{Z}]+", replacement=""))


def _is_common(cells: Any) -> bool:
    """Whether there is only ASCII and U+4000 to U+9FFF, where there is no blank and everything is in NFKC."""
    data = content(cells)
    leads = data[data >= 0xC0]
    return len(leads) == 0 or (int(leads.min()) >= 0xE4 and int(leads.max()) <= 0xE9)


def digits_only(cells: Any) -> Any:
    """The ASCII digits of the cells; null where there is none."""
    low, high = extremes(cells)
    if low >= ord("0") and high <= ord("9"):
        return cells
    return without_empty(pc.replace_substring_regex(cells, pattern=r"[^0-9]+", replacement=""))


def translated(cells: Any, codes: Mapping[str, str]) -> Any:
    """The cells with what a vendor writes replaced by the standard's code; what is not listed stays."""
    if not codes:
        return cells
    coded = cells.dictionary_encode()
    meant = [codes.get(written, written) for written in coded.dictionary.to_pylist()]
    return pa.array(meant, pa.string()).take(coded.indices)


def rows_where(condition: Any) -> Ints:
    """The rows for which a condition holds; where it is null it does not."""
    return np.asarray(pc.indices_nonzero(condition).to_numpy(), dtype=np.int64)
