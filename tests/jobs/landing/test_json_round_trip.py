"""What is written as JSON lands with every row and every letter, compressed or not."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jobs.landing.manifest import Manifest
from jobs.landing.table import Tally, landed_blocks, plan
from jobs.province.dialect import dialect as written
from jobs.province.nested import json_files
from jobs.province.story import Row, row
from warehouse_models import dialect, registry

# Nothing that landing repairs, such as blanks: those are tested elsewhere.
CELL = st.none() | st.text(st.sampled_from(list('xY019.-张\U00020000"\\/{}[],:\0é')), min_size=1, max_size=6)
KEYS = st.sampled_from(["R1", "R2", "R3", "１"])
RECIPE = st.fixed_dictionaries({"prescription_id": KEYS, "status_code": CELL, "amount": CELL, "updated_at": CELL})
LINE = st.fixed_dictionaries({"prescription_id": KEYS, "item_number": CELL, "dose_unit": CELL, "dose": CELL})


def table_of(name: str, rows: list[Row]) -> pa.Table:
    columns = [column.name for column in registry.exchange()[name].columns]
    return pa.table({each: pa.array([one.get(each) for one in rows], pa.string()) for each in columns})


@hypothesis_settings(max_examples=60)
@given(st.lists(RECIPE, max_size=5), st.lists(LINE, max_size=6), st.integers(1, 3))
def test_what_is_written_as_json_lands_with_every_row(recipes: list[Row], lines: list[Row], files: int) -> None:
    tables = {
        "prescription": table_of("prescription", recipes),
        "prescription_item": table_of("prescription_item", lines),
    }
    written_files = list(json_files(tables, written("province-1"), {"prescription": files}, {}))
    said = [
        {
            "name": each.name,
            "table": name,
            "rows": len(rows),
            "elements": each.elements,
            "fen": 0,
            **of_bytes(each.content),
        }
        for each in written_files
        for name, rows in each.tables.items()
    ]
    for name, rows in (("prescription", recipes), ("prescription_item", lines)):
        landed, tally = land_in_memory(name, said, {each.name: each.content for each in written_files})
        assert [why.code for why in tally.reasons if why.code != "MAN-SUM"] == []
        assert tally.rows == len(rows)
        assert sorted(map(told, landed)) == sorted(map(told, rows))


def told(given_row: dict[str, Any]) -> str:
    """The cells that the test varies, as text to sort by."""
    names = ("prescription_id", "status_code", "amount", "updated_at", "item_number", "dose_unit", "dose")
    return json.dumps([given_row.get(name) for name in names])


def of_bytes(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": "0" * 64, "encoding": "UTF-8"}


def land_in_memory(
    name: str, said: list[dict[str, Any]], contents: dict[str, bytes], vendor: dialect.Dialect | None = None
) -> tuple[list[dict[str, Any]], Tally]:
    """The rows of a table, landed from files that a manifest lists so."""
    head = {"standard": "1", "point": "P003", "business_date": "2026-06-30", "sequence": 1, "kind": "increment"}
    stamps = {"extracted_at": "2026-07-01 00:30:00", "offered_at": "2026-07-01 01:10:00"}
    manifest = Manifest.model_validate({**head, **stamps, "files": said})
    how = plan(registry.exchange()[name], vendor or dialect.load("province-1"), "P003/1", manifest, b"k" * 32)
    tally = Tally()
    files = ((entry, contents[entry.name]) for entry in manifest.files_of(name))
    return pa.Table.from_batches(landed_blocks(how, files, tally), how.schema).to_pylist(), tally


def test_a_compressed_file_with_a_byte_order_mark_is_read_too() -> None:
    (file,) = json_files({"person": table_of("person", [row("person")])}, written("province-1"), {}, {})
    said = [{"name": "p", "table": "person", "rows": 1, "elements": 1, "fen": 0, **of_bytes(file.content)}]
    packed = dialect.load("province-1").model_copy(update={"compression": "gzip"})
    content = gzip.compress("\ufeff".encode() + file.content)
    landed, tally = land_in_memory("person", said, {"p": content}, packed)
    assert ([each["patient_id"] for each in landed], tally.reasons) == (["100001"], [])
    assert tally.repairs["", "byte_order_mark"] == 1
