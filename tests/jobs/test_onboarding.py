"""What is served beside the marts: how points stand, what is set aside and why, and codes that nobody knows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs import ledger
from jobs.ledger.postings import POSTINGS
from jobs.ledger.records import REASONS, write
from jobs.ledger.records import UNMAPPED as UNKNOWN
from jobs.onboarding import standing
from jobs.province.story import write_site
from lakehouse.settings import Settings
from warehouse_models.onboarding import POINTS, SET_ASIDE, UNMAPPED

DAY = date(2026, 6, 30)
HEAD = {"business_date": DAY, "sequence": 1, "delivery": "d", "table": "encounter"}


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Six points: two that delivered, one of them held; one late, one silent, one that never came, one not expected yet."""
    settings = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    write_site(settings.site, {f"P{number:03d}": "standard-1" for number in range(1, 7)})
    file = settings.site / "points" / "P006.yaml"
    file.write_text(file.read_text().replace("2026-06-01", "2026-07-15"))
    days = {"P001": DAY, "P002": DAY, "P003": date(2026, 6, 23), "P004": date(2026, 6, 22)}
    rest = {"kind": "increment", "fate": "declared", "rows": 1, "fen": 0, "unpriced": 0}
    rows = [{**HEAD, **rest, "point_id": point, "business_date": day} for point, day in days.items()]
    write(settings, "postings", "test", pa.Table.from_pylist(rows, schema=POSTINGS))
    batch = ledger.open_batch(settings, DAY, ["P002/d"], {})
    ledger.write_verdicts(settings, batch, [ledger.Verdict("P002", DAY, 1, "d", "hold")])
    ledger.finish(settings, batch)
    return settings


def rows_of(lake: Settings, table: Any) -> list[dict[str, Any]]:
    return standing(lake, DAY)[table].to_pylist()


def test_how_points_stand(lake: Settings) -> None:
    names = (
        "state_code",
        "latest_on",
        "expected_points",
        "connected_points",
        "late_points",
        "silent_points",
        "held_deliveries",
    )
    assert {row["point_id"]: tuple(row[name] for name in names) for row in rows_of(lake, POINTS)} == {
        "P001": ("here", DAY, 1, 1, 0, 0, 0),
        "P002": ("here", DAY, 1, 1, 0, 0, 1),
        "P003": ("late", date(2026, 6, 23), 1, 1, 1, 0, 0),
        "P004": ("silent", date(2026, 6, 22), 1, 1, 0, 1, 0),
        "P005": ("silent", None, 1, 0, 0, 1, 0),
        "P006": ("later", None, 0, 0, 0, 0, 0),
    }


def test_rows_set_aside_are_added_up_with_sentence_and_remedy(lake: Settings) -> None:
    known = {"reason": "encounter.visit_type_code.required", "column": "visit_type_code"}
    told = [("P001", known, 2), ("P001", known, 3), ("P002", {"reason": "parent.missing", "column": None}, 1)]
    rows = [{**HEAD, **why, "point_id": point, "rows": count} for point, why, count in told]
    write(lake, "reasons", "test", pa.Table.from_pylist(rows, schema=REASONS))
    first, second = rows_of(lake, SET_ASIDE)
    assert (first["point_id"], first["reason_code"], first["set_aside_rows"]) == ("P001", known["reason"], 5)
    assert first["reason_en"] == "visit_type_code is empty."
    assert first["reason_zh"].endswith("为空")
    assert first["remedy_en"] == "Fill visit_type_code."
    assert first["remedy_zh"].startswith("填写")
    assert (second["reason_code"], second["column_name"], second["set_aside_rows"]) == ("parent.missing", "", 1)


def test_codes_that_have_become_known_are_left_out(lake: Settings) -> None:
    where = {"dialect": "standard-1", "list": "sex", "point_id": "P001", "table": "person", "column": "sex_code"}
    rows = [
        {**where, "written": "1", "rows": 5},
        {**where, "written": "X7", "rows": 2},
        {**where, "written": "X7", "rows": 1},
    ]
    write(lake, "unmapped", "test", pa.Table.from_pylist(rows, schema=UNKNOWN))
    (found,) = rows_of(lake, UNMAPPED)
    assert (found["code_list"], found["written"], found["unmapped_rows"]) == ("sex", "X7", 3)


def test_an_empty_lake_has_empty_tables_and_all_its_points(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    write_site(settings.site, {"P001": "standard-1"})
    found = standing(settings, DAY)
    assert [len(found[table]) for table in (POINTS, SET_ASIDE, UNMAPPED)] == [1, 0, 0]
