"""What becomes of an upload, element by element, in the codes of the provincial interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs.landing.refusals import shown
from jobs.receiver.demands import Demand

TAKEN, EMPTY_FIELDS, NO_DATA, REJECTED = 200, -99, -98, -1


@dataclass(frozen=True)
class Judgement:
    """result: `msgCode`.   says: `msg`; empty fields by name, separated by "|".   receipts: of each element up to the
    first that is not as it should be, which rejects them all."""

    result: int
    says: str
    receipts: tuple[dict[str, Any], ...] = ()


def judged(clear: bytes, wanted: Demand) -> Judgement:
    """The judgement on the body of an upload. No value stands in it but the business ids of its elements."""
    try:
        elements = json.loads(clear.decode("utf-8"))
    except (ValueError, RecursionError):
        return Judgement(REJECTED, "the body is no JSON in UTF-8")
    if not isinstance(elements, list):
        return Judgement(REJECTED, "the body is no array")
    if not elements:
        return Judgement(NO_DATA, "no data")
    receipts: list[dict[str, Any]] = []
    for index, element in enumerate(elements):
        result, says = _of_element(element, index, wanted)
        receipts.append({"index": index, "id": _business_id(element, wanted), "msgCode": result})
        if result != TAKEN:
            return Judgement(result, says, tuple(receipts))
    return Judgement(TAKEN, "", tuple(receipts))


def _of_element(element: Any, index: int, wanted: Demand) -> tuple[int, str]:
    if not element:
        return NO_DATA, f"element {index} holds no data"
    if not isinstance(element, dict):
        return REJECTED, f"element {index} is no object"
    empty = list(_empty(element, wanted))
    return (EMPTY_FIELDS, "|".join(empty)) if empty else (TAKEN, "")


def _empty(element: dict[str, Any], wanted: Demand) -> Iterator[str]:
    for name in wanted.fields:
        value = element.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            yield name


def _business_id(element: Any, wanted: Demand) -> str | None:
    """What the point calls an element; None where it lacks that, or where it might be a number of a patient."""
    values = [element.get(name) for name in wanted.ids] if isinstance(element, dict) else []
    if not values or not all(isinstance(value, str | int) for value in values):
        return None
    texts = [str(value) for value in values]
    return "|".join(texts) if all(shown(text) == text for text in texts) else None
