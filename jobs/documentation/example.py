"""A small delivery that the exchange standard shows, complete and right to the byte."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from typing import Any

from jobs.landing.manifest import MANIFEST, STANDARD
from warehouse_models.contract import ExchangeTable

FOLDER = "2026-06-30-0008"
VISIT = "MZ2026063000017"
ROWS: dict[str, list[dict[str, str]]] = {
    "encounter_diagnosis": [
        {
            "encounter_id": VISIT,
            "diagnosis_number": "1",
            "diagnosis_role_code": "1",
            "diagnosis_code": "I10.x00x002",
            "diagnosed_at": "2026-06-30 09:12:00",
            "updated_at": "2026-06-30 09:12:05",
        },
        {
            "encounter_id": VISIT,
            "diagnosis_number": "2",
            "diagnosis_role_code": "2",
            "diagnosis_code": "E78.500",
            "diagnosed_at": "2026-06-30 09:12:00",
            "updated_at": "2026-06-30 09:12:05",
        },
    ],
    "charge_item": [
        {
            "charge_id": "SF2026063000231",
            "encounter_id": VISIT,
            "institution_code": "45072000563270111A1001",
            "department_code": "03",
            "practitioner_id": "0412",
            "channel_code": "1",
            "charge_type_code": "02",
            "item_code": "ZC01",
            "national_item_code": "001102000010000",
            "quantity": "1",
            "unit_price": "6",
            "amount": "6.00",
            "fund_level_code": "01",
            "is_self_paid": "0",
            "charged_at": "2026-06-30 09:02:11",
            "updated_at": "2026-06-30 09:02:11",
        }
    ],
}
FEN = {"charge_item": 600}


def files(tables: dict[str, ExchangeTable]) -> dict[str, bytes]:
    """The delivery's files by name, the manifest among them."""
    texts = {f"{name}.csv.gz": gzipped(csv_of(tables[name]).encode()) for name in ROWS}
    return texts | {MANIFEST: (json.dumps(manifest(tables), indent=2) + "\n").encode()}


def csv_of(table: ExchangeTable) -> str:
    """The table's file before it is compressed."""
    names = [column.name for column in table.columns]
    lines = [names, *([row.get(name, "") for name in names] for row in ROWS[table.name])]
    return "".join(",".join(line) + "\n" for line in lines)


def manifest(tables: dict[str, ExchangeTable]) -> dict[str, Any]:
    """The manifest of the delivery."""
    return {
        "standard": STANDARD,
        "point": "P001",
        "business_date": "2026-06-30",
        "sequence": 8,
        "kind": "increment",
        "period": None,
        "extracted_at": "2026-07-01 00:30:00",
        "offered_at": "2026-07-01 01:10:00",
        "files": [_entry(tables[name]) for name in ROWS],
    }


def _entry(table: ExchangeTable) -> dict[str, Any]:
    content = gzipped(csv_of(table).encode())
    return {
        "name": f"{table.name}.csv.gz",
        "table": table.name,
        "rows": len(ROWS[table.name]),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encoding": "UTF-8",
        "fen": FEN.get(table.name, 0),
    }


def gzipped(content: bytes) -> bytes:
    """A gzip file that stores its content as it is: the same bytes with every version of the compressor."""
    head = b"\x1f\x8b\x08" + b"\0" * 6 + b"\xff"
    block = b"\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return head + block + struct.pack("<II", zlib.crc32(content), len(content))
