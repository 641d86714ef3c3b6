"""Postings: signed movements of rows and fen between the fates of a delivery's rows. An account is the sum of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakehouse.errors import DamageError

# declared = refused + landed; landed is the sum of the fates after it.
FATES = (
    "declared",
    "refused",
    "landed",
    "accepted",
    "quarantined",
    "waiting",
    "repeated",
    "superseded",
    "deleted",
)
POSTINGS = pa.schema(
    [
        pa.field("point_id", pa.string(), nullable=False),
        pa.field("business_date", pa.date32()),
        pa.field("sequence", pa.int32()),
        pa.field("kind", pa.string()),
        pa.field("delivery", pa.string(), nullable=False),
        pa.field("table", pa.string()),
        pa.field("fate", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("fen", pa.int64(), nullable=False),
        pa.field("unpriced", pa.int64(), nullable=False),
    ]
)
_FATES_OF = {
    "refused": ("declared", "refused"),
    "landed": ("declared", "landed"),
    "repeated": ("declared", "landed", "repeated"),
}


def check(postings: pa.Table) -> None:
    """Raise DamageError when a fate is none that an account knows."""
    strange = set(pc.unique(postings["fate"]).to_pylist()) - set(FATES)
    if strange:
        raise DamageError("LEDGER-002", "A posting has a fate that no account knows.", where=", ".join(sorted(strange)))


def landing_postings(landed: Iterable[Mapping[str, Any]]) -> pa.Table:
    """What landing did to the accounts, from the `delivery.json` of each delivery.

    What a manifest declares counts for refused deliveries, what was read for the others; a manifest that could not be
    read declares no table and still gets an account, with nothing in it.
    """
    rows = [posting for delivery in landed for posting in _of_delivery(delivery)]
    return pa.Table.from_pylist(rows, schema=POSTINGS)


def _of_delivery(delivery: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    day, status = delivery.get("business_date"), delivery["status"]
    head = {
        "point_id": delivery["point"],
        "business_date": date.fromisoformat(day) if day else None,
        "sequence": delivery.get("sequence"),
        "kind": delivery.get("kind"),
        "delivery": delivery["folder"],
    }
    for table, counts in (delivery.get("tables") or {None: {}}).items():
        declared = counts.get("declared") or {}
        read = declared if status == "refused" else counts.get("landed") or {}
        for fate in _FATES_OF[status]:
            numbers = declared if fate == "declared" else read
            unpriced = (counts.get("unpriced") or 0) if fate == "landed" else 0
            rows, fen = numbers.get("rows") or 0, numbers.get("fen") or 0
            yield {**head, "table": table, "fate": fate, "rows": rows, "fen": fen, "unpriced": unpriced}
