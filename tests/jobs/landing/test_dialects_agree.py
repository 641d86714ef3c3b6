"""Every delivery of the stories that clones are told (tests/proofs) means the same staged rows in every dialect.

Rows are staged by the night's own SQL, put into DuckDB's words, so that no Spark is needed to know it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlglot

from jobs.crosswalk import crosswalk_table, lookup_table
from jobs.duck import connect
from jobs.landing.record import Landed
from jobs.projection import projection_sql
from jobs.province.story import write_delivery
from lakehouse.settings import Settings
from tests.proofs.order import STORIES, story
from warehouse_models import registry

VENDORS = {"P001": "standard-1", "P002": "huakang-3", "P003": "province-1"}
OF_ARRIVAL = ("delivery", "point_id", "row_number")


def staged(settings: Settings, landed: Landed) -> dict[str, list[str]]:
    """The staged rows of each table of a delivery, in any order."""
    found: dict[str, list[str]] = {}
    with connect() as connection:
        connection.register("crosswalk", crosswalk_table())
        connection.register("lookup", lookup_table())
        for table in landed.tables:
            connection.register("landed", pq.read_table(settings.landing / landed.id / f"{table}.parquet"))
            conformed = registry.conformed_of(table)
            (words,) = sqlglot.transpile(projection_sql(conformed, landed.kind == "deletion"), "spark", "duckdb")
            rows: list[dict[str, Any]] = connection.execute(words).to_arrow_table().to_pylist()
            found[table] = sorted(str({k: v for k, v in row.items() if k not in OF_ARRIVAL}) for row in rows)
    return found


@pytest.mark.parametrize("name", STORIES)
def test_every_delivery_of_a_story_is_staged_alike_in_every_dialect(
    name: str, land: Callable[..., list[Landed]], settings: Settings, offers: Path
) -> None:
    told = [each for each in story(name) if each.name != "repeat"]
    for point, vendor in VENDORS.items():
        for each in told:
            write_delivery(
                offers / point,
                each.rows,
                sequence=each.sequence,
                business_date=each.business_date,
                kind=each.kind,
                period=each.period,
                vendor=vendor,
            )
    landed = land()
    assert [each.status for each in landed] == ["landed"] * len(told) * 3
    for sequence in range(1, len(told) + 1):
        first, *others = [staged(settings, each) for each in landed if each.sequence == sequence]
        assert len(others) == 2
        assert any(first.values())
        assert others == [first, first]
