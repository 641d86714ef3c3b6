"""What is known of a Delta table from its log alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.lake import is_empty, version


def test_a_table_is_empty_before_its_first_row_and_when_all_have_left(tmp_path: Path) -> None:
    rows = pa.table({"point_id": ["P1", "P2"]})
    DeltaTable.create(tmp_path, schema=rows.schema)
    write_deltalake(tmp_path, rows, mode="append")
    DeltaTable(tmp_path).delete()
    assert version(tmp_path) == 2
    assert [is_empty(tmp_path, number) for number in range(3)] == [True, False, True]
