"""The elements of a JSON array, one after the other, from text that comes in chunks: no file is held as a whole.

Single values are text as written, numbers too, letter by letter: `1.10` stays `1.10`, and no number is too large. An
object that names a field twice is `Doubled`: nobody can know which of the two is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from jobs.landing.decode import CHUNK
from jobs.landing.refusals import Refused, reason

LARGEST = 2 * CHUNK  # Characters of an element, which is parsed as a whole.
BLANKS = re.compile(r"[ \t\n\r]*")
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Doubled:
    """An object that names a field more than once: all its fields as they stand."""

    pairs: list[tuple[str, Any]]


class Elements:
    """The elements of the array that a text is, each with its length in characters. To be gone through once.

    count: elements so far.   has_bom: whether a byte-order mark stood before the array.
    Raises Refused (JSON-READ), on the way, where the text is no array, or an element is too large or too deep.
    """

    def __init__(self, texts: Iterator[str]) -> None:
        self._window = _Window(texts)
        self.count = 0
        self.has_bom = self._window.mark() == BYTE_ORDER_MARK
        if self.has_bom:
            self._window.at += 1

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        window = self._window
        if window.mark() != "[":
            self._refuse("the file is no array")
        window.at += 1
        mark = "," if window.mark() != "]" else window.take()
        while mark == ",":
            yield self._element()
            self.count += 1
            mark = window.take()
        if mark != "]":
            self._refuse(f"after element {self.count}")
        if window.mark():
            self._refuse("there is something behind the array")

    def _element(self) -> tuple[Any, int]:
        try:
            found = self._window.value()
        except RecursionError:
            found = None
        return found or self._refuse(f"element {self.count + 1}")

    def _refuse(self, where: str) -> NoReturn:
        raise Refused(reason("JSON-READ", where)) from None


class _Window:
    """The part of a text that was read on and not taken yet: it begins at `at`."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._text = ""
        self.at = 0

    def mark(self) -> str:
        """The next character that is no blank, which stays; nothing at the end of the text."""
        while True:
            self.at = _behind_blanks(self._text, self.at)
            if self.at < len(self._text):
                return self._text[self.at]
            if not self._read_on():
                return ""

    def take(self) -> str:
        """The next character that is no blank, taken."""
        mark = self.mark()
        self.at += 1
        return mark

    def value(self) -> tuple[Any, int] | None:
        """The next value, taken, and its length; None where there is none, or one too large. Raises RecursionError."""
        while True:
            self.mark()
            found = _parsed(self._text, self.at)
            if found and self._ended(found[1]):
                value, end = found
                length, self.at = end - self.at, end
                return (value, length) if length <= LARGEST else None
            if len(self._text) - self.at > LARGEST or not self._read_on():
                return None

    def _ended(self, end: int) -> bool:
        """Whether a value ends there: what ends with the window may go on behind it, and `1.` or `1e-` is read as 1."""
        following = _behind_blanks(self._text, end)
        return following < len(self._text) and self._text[following] not in ".eE"

    def _read_on(self) -> bool:
        """Take in a chunk or more of what follows, so that nobody parses again for a few letters; False at the end."""
        parts, have = [self._text[self.at :]], 0
        while have < CHUNK and (text := next(self._texts, None)) is not None:
            parts.append(text)
            have += len(text)
        self._text, self.at = "".join(parts), 0
        return have > 0


def _behind_blanks(text: str, at: int) -> int:
    found = BLANKS.match(text, at)
    return found.end() if found else at


def _parsed(text: str, at: int) -> tuple[Any, int] | None:
    """The value that begins at a place, and where it ends. The error of the parser is not passed on: it holds the text."""
    try:
        return PARSER.raw_decode(text, at)
    except ValueError:
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Doubled:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Doubled(pairs)


def _no_constant(_: str) -> NoReturn:
    raise ValueError("JSON has no NaN and no infinity")


# Not strict: a control character in a text is a fault of its row, not of the file.
PARSER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_no_constant, strict=False
)
