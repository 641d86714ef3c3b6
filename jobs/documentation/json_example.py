"""A small delivery in a JSON dialect that the exchange standard shows, complete and right to the byte: a prescription and
the lines in it are taken back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from jobs.documentation import example
from jobs.landing.manifest import MANIFEST
from warehouse_models.contract import ExchangeTable

DIALECT = "province-1"
FILE = "uploadRecipeIndicators.json"
STAMP = {"originalEventDate": "2026-06-29", "updateTime": "2026-06-30 17:20:41"}
ELEMENTS = [
    {"recipeID": "CF2026062900093", **STAMP, "orderList": [{"itemNo": 1, **STAMP}, {"itemNo": 2, **STAMP}]},
]
ROWS = {"prescription": 1, "prescription_item": 2}


def text() -> str:
    """The file."""
    return json.dumps(ELEMENTS, indent=2) + "\n"


def manifest(tables: dict[str, ExchangeTable]) -> dict[str, Any]:
    """The manifest of the delivery."""
    return {**example.manifest(tables), "sequence": 9, "kind": "deletion", "files": entries()}


def entries() -> list[dict[str, Any]]:
    """What it says of the one file, once for each table."""
    content = text().encode()
    return [
        {
            "name": FILE,
            "table": table,
            "rows": rows,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "encoding": "UTF-8",
            "fen": 0,
            "elements": len(ELEMENTS),
        }
        for table, rows in ROWS.items()
    ]


def files(tables: dict[str, ExchangeTable]) -> dict[str, bytes]:
    """The delivery's files by name, the manifest among them."""
    return {FILE: text().encode(), MANIFEST: json.dumps(manifest(tables)).encode()}
