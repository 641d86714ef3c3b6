"""JSON and HTML: texts with their escapes undone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

MARKUP = re.compile(r"<[^>]*>")


def json_texts(data: bytes) -> Iterator[bytes]:
    """Every text in a JSON document, or in a file of one a line; those within texts too. Raises ValueError."""
    try:
        documents = [json.loads(data)]
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in data.splitlines() if line.strip()]
    for document in documents:
        for text in _texts(document):
            yield text.encode(errors="surrogatepass")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            yield from _nested(value)
    elif value is not None:
        yield str(value)


def _nested(text: str) -> Iterator[str]:
    """The texts in JSON that stands in a text, as the statistics do in the log of a Delta table."""
    try:
        inner = json.loads(text)
    except json.JSONDecodeError:
        return
    yield from _texts(inner)


def html_texts(data: bytes) -> Iterator[bytes]:
    """A page with its character references undone, with and without its markup. Raises ValueError."""
    page = html.unescape(data.decode())
    yield page.encode(errors="surrogatepass")
    yield MARKUP.sub("", page).encode(errors="surrogatepass")
