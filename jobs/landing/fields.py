"""The fields of the objects of a JSON file against the standard: as strict as the header of a CSV file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from jobs.landing.columns import shown_header
from jobs.landing.elements import Doubled
from jobs.landing.refusals import Reason, reason

MOST_UNKNOWN = 20  # Names to tell: objects may have as many as they like.


class Fields:
    """What was met of the fields of a file's objects at one level: of its elements, or of the rows in a nested list.

    prefix: what a field's name is shown behind.   wanted: fields that some object must have.   beside: fields that are
    known too.
    """

    def __init__(self, file: str, prefix: str, wanted: Sequence[str], beside: Collection[str] = ()) -> None:
        self._file, self._prefix, self._wanted = file, prefix, wanted
        self._known = frozenset((*wanted, *beside))
        self._missing = set(wanted)
        self._unknown: dict[str, None] = {}
        self._is_met = False

    def see(self, given: Any) -> None:
        """Take note of the fields of an object; anything else has none."""
        if not isinstance(given, dict | Doubled):
            return
        names = given.keys() if isinstance(given, dict) else [name for name, _ in given.pairs]
        self._is_met = True
        if self._missing:
            self._missing.difference_update(names)
        if len(self._unknown) < MOST_UNKNOWN and not self._known.issuperset(names):
            self._unknown.update(dict.fromkeys(name for name in names if name not in self._known))

    def reasons(self) -> Iterator[Reason]:
        """COL-MISSING for what no object has, COL-UNKNOWN for what any has; nothing where there is no object."""
        if not self._is_met:
            return
        missing = [name for name in self._wanted if name in self._missing]
        if missing:
            yield reason("COL-MISSING", self._at(missing))
        if self._unknown:
            # Objects of another kind altogether may have somebody's name for a field's.
            is_kind = len(missing) <= len(self._wanted) / 2
            names = [shown_header(name) for name in list(self._unknown)[:MOST_UNKNOWN]]
            yield reason("COL-UNKNOWN", self._at(names) if is_kind else f"{self._file}: objects of another kind")

    def _at(self, names: Sequence[str]) -> str:
        return f"{self._file}: {', '.join(f'{self._prefix}{name}' for name in names)}"
