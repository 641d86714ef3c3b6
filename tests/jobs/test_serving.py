"""The serving file: the marts of one publication, described, and swapped under its readers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.province.story import write_site
from jobs.publication import Publication
from jobs.serving import serve
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models.contract import Column, Type
from warehouse_models.mart import MartTable
from warehouse_models.onboarding import ONBOARDING

DAY = date(2026, 6, 30)
INCOME = MartTable(
    name="spending.income",
    title="Income",
    title_zh="收入",
    grain="one row per month and bucket",
    key=("month", "bucket"),
    inputs=("medical_records.charge_item",),
    columns=(
        Column("month", Type.TEXT, "Month of the charge.", "收费月份"),
        Column("bucket", Type.TEXT, "The charge's bucket.", "费用类别"),
        Column("income", Type.MONEY, "Sum charged.", "收入金额", unit="yuan"),
        Column("latest_at", Type.TIME, "Latest charge.", "最近收费时间"),
    ),
)
ROWS = [
    {"month": "2026-06", "bucket": "drug", "income": Decimal("12.30"), "latest_at": datetime(2026, 6, 30, 9)},  # noqa: DTZ001
    {"month": "2026-05", "bucket": "drug", "income": Decimal("-0.10"), "latest_at": None},
]
SCHEMA = pa.schema(
    [
        ("bucket", pa.string()),
        ("month", pa.string()),
        ("income", pa.decimal128(18, 2)),
        ("latest_at", pa.timestamp("us")),
    ]
)


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    write_site(settings.site, {"P001": "standard-1"})
    return settings


def write_mart(lake: Settings, rows: list[dict[str, Any]]) -> None:
    """Write the next version of the mart, partitioned by month as the marts are."""
    path = lake.lake / "marts" / INCOME.name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_deltalake(str(path), pa.Table.from_pylist(rows, schema=SCHEMA), mode="overwrite", partition_by=["month"])


def publication(number: int, version: int) -> Publication:
    pin = {"version": version, "rows": 2, "digest": f"digest {version}"}
    return Publication(number, DAY, {INCOME.name: pin, "medical_records.encounter": {**pin, "version": 99}})


def ask(path: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_file_holds_the_mart_at_its_version_typed_and_in_order(lake: Settings) -> None:
    write_mart(lake, ROWS)
    write_mart(lake, [])
    assert serve(lake, publication(1, version=0), [INCOME])
    assert ask(lake.serving, "select * from spending.income") == [
        ("2026-05", date(2026, 5, 1), "drug", Decimal("-0.10"), None),
        ("2026-06", date(2026, 6, 1), "drug", Decimal("12.30"), datetime(2026, 6, 30, 9)),  # noqa: DTZ001
    ]


def test_the_file_holds_marts_and_how_onboarding_stands_and_says_which_publication_it_is(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(7, version=0), [INCOME])
    tables = ask(lake.serving, "select schema_name || '.' || table_name from duckdb_tables() order by 1")
    stands = [(table.name,) for table in sorted(ONBOARDING, key=lambda table: table.name)]
    assert tables == [("meta.publication",), *stands, ("spending.income",)]
    views = ask(
        lake.serving, "select schema_name || '.' || view_name from duckdb_views() where not internal order by 1"
    )
    assert views == [(f"{name}_en",) for (name,) in tables]
    assert ask(lake.serving, "select number, night from meta.publication") == [(7, DAY)]


def test_tables_and_columns_are_described_in_both_languages(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(1, version=0), [INCOME])
    about = ask(lake.serving, "select comment from duckdb_tables() where table_name = 'income'")
    assert about == [("收入 / Income: one row per month and bucket",)]
    columns = dict(ask(lake.serving, "select column_name, comment from duckdb_columns() where table_name = 'income'"))
    assert columns["bucket"] == "费用类别 / The charge's bucket."
    assert columns["income"] == "收入金额 / Sum charged. [yuan]"
    missing = ask(lake.serving, "select table_name, column_name from duckdb_columns() where comment is null")
    assert [name for name in missing if name[0] in ("income", "publication")] == []


def test_serving_the_same_publication_again_changes_nothing(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(1, version=0), [INCOME])
    before = lake.serving.stat()
    assert not serve(lake, publication(1, version=0), [INCOME])
    after = lake.serving.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_damaged_file_is_written_anew(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(1, version=0), [INCOME])
    lake.serving.write_bytes(b"not a database")
    (lake.serving.parent.parent / ".000002-x.1").mkdir()  # Left behind by a killed run.
    assert serve(lake, publication(1, version=0), [INCOME])
    assert ask(lake.serving, "select count(*) from spending.income") == [(2,)]
    assert sorted(path.name for path in lake.serving.parent.parent.iterdir()) == [
        lake.serving.parent.resolve().name,
        "current",
    ]


def test_a_lake_that_was_copied_without_its_links_shows_the_next_publication(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(1, version=0), [INCOME])
    link = lake.serving.parent
    shown = link.resolve()
    link.unlink()
    shutil.copytree(shown, link)
    write_mart(lake, ROWS[:1])
    assert serve(lake, publication(2, version=1), [INCOME])
    assert link.is_symlink()
    assert ask(lake.serving, "select count(*) from spending.income") == [(1,)]
    assert {path.name for path in link.parent.iterdir()} == {"current", shown.name, link.resolve().name}


def test_the_folders_of_pages_that_may_be_open_stay(lake: Settings) -> None:
    write_mart(lake, ROWS)
    shown = []
    for number in (1, 2, 3, 4):
        assert serve(lake, publication(number, version=0), [INCOME])
        shown.append(lake.serving.parent.resolve().name)
    assert sorted(path.name for path in lake.serving.parent.parent.iterdir()) == [*shown[1:], "current"]


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for line in sys.stdin:
    print(connection.execute("select count(*), (select number from meta.publication) from spending.income").fetchone(),
          flush=True)
"""


def test_what_was_shown_before_is_shown_again_without_being_written_anew(lake: Settings) -> None:
    write_mart(lake, ROWS)
    written = {}
    for number in (1, 2, 1, 2):
        assert serve(lake, publication(number, version=0), [INCOME])
        assert ask(lake.serving, "select number from meta.publication") == [(number,)]
        written.setdefault(number, lake.serving.stat().st_ino)
        assert lake.serving.stat().st_ino == written[number]


def test_a_reader_goes_on_while_the_file_is_swapped(lake: Settings) -> None:
    write_mart(lake, ROWS)
    write_mart(lake, ROWS[:1])
    serve(lake, publication(1, version=0), [INCOME])
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", READER, str(lake.serving)], **pipes) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None

        def answer() -> str:
            reader.stdin.write("again\n")
            reader.stdin.flush()
            return reader.stdout.readline()

        assert answer() == "(2, 1)\n"
        serve(lake, publication(2, version=1), [INCOME])
        assert answer() == "(2, 1)\n"
        reader.stdin.close()
    assert ask(lake.serving, "select count(*), (select number from meta.publication) from spending.income") == [(1, 2)]


def test_a_version_that_is_gone_is_said_and_the_old_file_stays(lake: Settings) -> None:
    write_mart(lake, ROWS)
    serve(lake, publication(1, version=0), [INCOME])
    with pytest.raises(LakehouseError, match=r"SERVING-001.*spending\.income, version 5"):
        serve(lake, publication(2, version=5), [INCOME])
    assert ask(lake.serving, "select number from meta.publication") == [(1,)]
