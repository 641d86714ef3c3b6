"""Names beside codes, places beside institutions, and standing among peers."""

from __future__ import annotations

import statistics
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.lake import mart_path, table_path
from jobs.province.story import write_site
from jobs.publication import Publication
from jobs.serving import serve
from lakehouse.settings import Settings
from warehouse_models.contract import Type
from warehouse_models.mart import MartTable
from warehouse_models.marts import vocabulary as v
from warehouse_models.registry import conformed
from warehouse_models.served import PEERS_AT_LEAST

DAY = datetime(2026, 6, 30)  # noqa: DTZ001
REGISTER = conformed()["resources.institution"]
CARE = MartTable(
    name="spending.care",
    title="Care",
    title_zh="诊疗",
    grain="month, institution and channel",
    key=("month", "institution_code", "channel_code"),
    inputs=("medical_records.charge_item",),
    columns=(
        v.MONTH,
        v.INSTITUTION,
        v.CHANNEL,
        v.figure("income", Type.MONEY, "Income.", "收入", "yuan"),
        v.figure("visits", Type.INTEGER, "Visits.", "就诊人次"),
    ),
    metrics=(
        v.total("income", "Income.", "收入"),
        v.quotient("per_visit", "Income per visit.", "次均费用", ("income", "visits")),
    ),
)
CARD = MartTable(
    name="quality.card",
    title="Card",
    title_zh="评分",
    grain="month, point and table",
    key=("month", "point_id", "table_name"),
    inputs=("ledger.account",),
    columns=(
        v.MONTH,
        v.POINT,
        v.dimension("table_name", "Table.", "数据表"),
        v.figure("deliveries", Type.INTEGER, "Deliveries.", "批次数"),
    ),
)
# Code, name, class, county, point. The first is filed twice; the later version counts.
INSTITUTIONS = [
    ("H1", "旧名", "A100", "640104", "P1", 1),
    ("H1", "第一医院", "A100", "640104", "P1", 2),
    ("H2", "第二医院", "A100", "640205", "P2", 1),
    *((f"H{place}", f"医院{place}", "A100", "640106", f"P{place}", 1) for place in range(3, 8)),
    ("T1", "卫生院", "C100", "640106", "P9", 1),
]
INCOMES = {"H1": 90, "H2": 20, "H3": 30, "H4": 40, "H5": 50, "H6": 60, "H7": 80, "T1": 5}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("served")
    settings = Settings(home=folder / "home", site=folder / "site", keys=folder / "keys")
    write_site(settings.site, {"P1": "standard-1"})
    names = ("institution_code", "institution_name", "class_code", "region_code", "point_id")
    register = [
        {**dict(zip(names, row, strict=False)), "updated_at": DAY.replace(day=row[5]), "is_deleted": False}
        for row in INSTITUTIONS
    ]
    write(table_path(settings, REGISTER), register)
    care = [
        {"month": "2026-06", "institution_code": code, "channel_code": channel, "income": Decimal(income), "visits": 2}
        for code, income in {**INCOMES, "unknown": 1}.items()
        for channel in ("1", "2")
    ]
    write(mart_path(settings, CARE), care)
    cards = [
        {"month": "2026-06", "point_id": f"P{place}", "table_name": "person", "deliveries": place}
        for place in (1, 2, 10)
    ]
    write(mart_path(settings, CARD), cards)
    pins = {table.name: {"version": 0, "rows": 1, "digest": "d"} for table in (REGISTER, CARE, CARD)}
    assert serve(settings, Publication(1, date(2026, 6, 30), pins), [CARE, CARD])
    return settings


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_deltalake(str(path), pa.Table.from_pylist(rows))


def ask(path: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_code_has_its_names_and_an_institution_its_place(lake: Settings) -> None:
    columns = "institution_name, channel_zh, channel_en, region_zh, city_code, city_zh, city_en"
    assert ask(
        lake.serving, f"select {columns} from spending.care where institution_code = 'H1' order by channel_code"
    ) == [
        ("第一医院", "线下", "Offline, at the institution", "兴庆区", "640100", "银川市", "Yinchuan"),
        ("第一医院", "线上", "Online, over the Internet", "兴庆区", "640100", "银川市", "Yinchuan"),
    ]


def test_what_a_point_delivers_belongs_to_its_institution(lake: Settings) -> None:
    assert ask(
        lake.serving, "select point_id, table_zh, table_en, institution_code, region_code from quality.card"
    ) == [
        ("P1", "患者基本信息", "Patients", "H1", "640104"),
        ("P10", "患者基本信息", "Patients", None, None),
        ("P2", "患者基本信息", "Patients", "H2", "640205"),
    ]


def test_no_row_is_lost_or_doubled_by_its_names(lake: Settings) -> None:
    assert ask(lake.serving, "select count(*), sum(income) from spending.care") == [
        (18, 2 * (sum(INCOMES.values()) + 1))
    ]


def test_the_standing_is_that_among_the_others_of_the_class(lake: Settings) -> None:
    columns = "value, peers, peer_lower, peer_median, peer_upper, metric_zh"
    ((value, peers, *quartiles, title),) = ask(
        lake.serving, f"select {columns} from peers.standing where institution_code = 'H1'"
    )
    others = [income / 2 for code, income in INCOMES.items() if code.startswith("H") and code != "H1"]
    assert (value, peers, title) == (45.0, 6, "次均费用")
    assert quartiles == statistics.quantiles(others, n=4, method="inclusive")


def test_too_few_peers_are_not_told_of(lake: Settings) -> None:
    (row,) = ask(
        lake.serving,
        "select peers, peer_lower, peer_median, peer_upper from peers.standing where institution_code = 'T1'",
    )
    assert row == (0, None, None, None)
    assert PEERS_AT_LEAST == 5
