"""The header of a file against the standard, in the point's dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.landing.refusals import Reason, reason

# What a header made by hand looks like. Anything else may be a patient's: a file without a header begins with a row.
HEADER_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]{0,39}")
TOO_MANY_DIGITS = re.compile(r"\d{5}")


@dataclass(frozen=True)
class Placement:
    """The standard's names of a file's columns in the file's order, whether it is unusual, and what is wrong."""

    names: tuple[str, ...]
    is_reordered: bool
    reasons: tuple[Reason, ...]


def place(header: Sequence[str], wanted: Mapping[str, str], file: str) -> Placement:
    """Match a header with the columns wanted: the standard's name -> the header for it."""
    names = {given: name for name, given in wanted.items()}
    missing = [given for given in wanted.values() if given not in header]
    unknown = [given for given in dict.fromkeys(header) if given not in names]
    double = [given for given in dict.fromkeys(header) if given in names and header.count(given) > 1]
    is_header = len(missing) <= len(wanted) / 2
    reasons = []
    if missing:
        reasons.append(reason("COL-MISSING", f"{file}: {', '.join(missing)}"))
    if unknown:
        shown = ", ".join(shown_header(given) for given in unknown) if is_header else "the first line is no header"
        reasons.append(reason("COL-UNKNOWN", f"{file}: {shown}"))
    if double:
        reasons.append(reason("COL-DOUBLE", f"{file}: {', '.join(double)}"))
    placed = () if reasons else tuple(names[given] for given in header)
    return Placement(placed, placed != tuple(wanted) and not reasons, tuple(reasons))


def shown_header(given: str) -> str:
    """An unknown header as far as it can be shown."""
    fits = HEADER_NAME.fullmatch(given) and not TOO_MANY_DIGITS.search(given)
    return given if fits else "(a header that is not shown)"
