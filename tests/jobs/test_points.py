"""`lakehouse points`: what a look into an outbox says, a new point's file, and who delivers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from jobs import ledger
from jobs.commands.points import points
from jobs.landing.land import land_night
from jobs.ledger.postings import POSTINGS
from jobs.province.exchange_points.sftp import Server, serving
from jobs.province.story import registers, visit, write_delivery, write_site
from jobs.site import load_points
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

NIGHT = date(2026, 6, 30)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A site of two points; what P001 offers was taken, but for its second delivery, whose manifest names P009."""
    write_site(tmp_path / "site", {"P001": "standard-1", "P002": "huakang-3"})
    for name in ("P001", "P002"):
        (tmp_path / "offers" / name).mkdir(parents=True)
    write_delivery(tmp_path / "offers" / "P001", registers(), sequence=1)
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    for name, folder in {"HOME": made.home, "SITE": made.site, "KEYS": made.keys}.items():
        monkeypatch.setenv(f"LAKEHOUSE_{name}", str(folder))
    keys.init(made)
    land_night(made, NIGHT, NIGHT, workers=0)
    wrong = write_delivery(tmp_path / "offers" / "P001", visit("V1"), sequence=2)
    said = json.loads((wrong / "manifest.json").read_text())
    (wrong / "manifest.json").write_text(json.dumps({**said, "point": "P009"}))
    return made


def run(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(points, list(arguments), input=answers)


def test_a_check_lists_what_is_new_and_what_is_wrong_with_it(settings: Settings) -> None:
    result = run("check", "P001")
    assert result.exit_code == 1
    assert "已连通。 Connected. 批次 deliveries: 2" in result.output
    assert "已取 taken before: 1 · 待取 new: 1" in result.output
    assert "MAN-POINT" in result.output
    assert "→ 核对抽取程序写入的发件箱" in result.output
    found = json.loads(run("check", "P001", "--json").output)
    assert [(each["sequence"], each["taken"], len(each["reasons"])) for each in found["deliveries"]] == [
        (1, True, 0),
        (2, False, 1),
    ]
    (reason,) = found["deliveries"][1]["reasons"]
    assert reason["do_zh"].startswith("核对抽取程序写入的发件箱")


def test_a_check_takes_and_writes_nothing(settings: Settings) -> None:
    half_done = settings.landing / "P001" / ".of-a-night-that-runs"
    half_done.mkdir()
    before = sorted(settings.home.rglob("*"))
    run("check", "P001")
    assert sorted(settings.home.rglob("*")) == before


def test_a_check_of_a_point_that_is_well(settings: Settings) -> None:
    write_delivery(settings.site.parent / "offers" / "P002", registers(), sequence=1, vendor="huakang-3")
    result = run("check", "P002")
    assert (result.exit_code, "#1 increment" in result.output) == (0, True)


def test_a_check_over_sftp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings.site / "points" / "P001.yaml"
    declared = yaml.safe_load(file.read_text())
    transport = {"kind": "sftp", "connection": "p001", "path": "/P001"}
    file.write_text(yaml.safe_dump({**declared, "transport": transport}))
    with serving(Server(settings.site.parent / "offers", "pass")) as served:
        stated = {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": served.port,
            "login": "lakehouse",
            "password": "pass",
        }
        monkeypatch.setenv("AIRFLOW_CONN_P001", json.dumps({**stated, "extra": {"host_key": served.host_key}}))
        assert json.loads(run("check", "P001", "--json").output)["deliveries"][1]["reasons"][0]["code"] == "MAN-POINT"
        monkeypatch.setenv("AIRFLOW_CONN_P001", json.dumps(stated))
        result = run("check", "P001")
    assert result.exit_code == 1
    assert "未登记服务器主机密钥" in result.output
    assert "PULL-HOSTKEY-NONE: No host key is declared" in result.output


NEW = {
    "id": "P094",
    "name": "曲麻莱县人民医院",
    "class": "hospital",
    "institution": "43210094663272622A1001",
    "region": "632726",
    "dialect": "standard-1",
    "transport": "sftp",
}
OPTIONS = [part for name, value in NEW.items() for part in (f"--{name}", value)]
REST = ["--timetable", "02:00", "--connected-from", "2026-07-01"]


def test_a_new_point_is_asked_for_and_written(settings: Settings) -> None:
    answers = "\n".join([*NEW.values(), "02:00", "2026-07-01", "p094", "/out"]) + "\n"
    result = run("add", answers=answers)
    assert result.exit_code == 0, result.output
    point = load_points(settings)[-1]
    assert (point.id, point.region, point.timetable, point.connected_from) == (
        "P094",
        "632726",
        "02:00",
        date(2026, 7, 1),
    )
    assert point.transport.model_dump() == {"kind": "sftp", "connection": "p094", "path": "/out"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"--id": "P001"}, "SITE-005"),
        ({"--region": "12"}, "SITE-002"),
        ({"--dialect": "no-1"}, "DIALECT-001"),
        ({"--transport": "pigeon"}, "SITE-006"),
        ({"--set": "path"}, "SITE-007"),
    ],
)
def test_a_new_point_that_cannot_be(settings: Settings, changed: dict[str, str], code: str) -> None:
    stated = ["--set", "connection=p094", "--set", "path=/out"]
    options = [*OPTIONS, *REST, *stated, *(part for pair in changed.items() for part in pair)]
    before = {file.name: file.read_bytes() for file in (settings.site / "points").iterdir()}
    result = run("add", *options)
    assert isinstance(result.exception, LakehouseError)
    assert result.exception.code == code
    assert {file.name: file.read_bytes() for file in (settings.site / "points").iterdir()} == before


def delivered(settings: Settings, point: str, day: str) -> dict[str, Any]:
    head = {"point_id": point, "business_date": date.fromisoformat(day), "sequence": 1, "kind": "increment"}
    return {**head, "delivery": "d", "table": "encounter", "fate": "declared", "rows": 1, "fen": 0, "unpriced": 0}


def test_coverage_counts_by_region_and_class(settings: Settings) -> None:
    import pyarrow as pa

    from jobs.ledger.records import write

    write_site(settings.site, {f"P{number:03d}": "standard-1" for number in range(1, 7)})
    file = settings.site / "points" / "P006.yaml"
    file.write_text(file.read_text().replace("2026-06-01", "2026-07-15"))
    told = [("P001", "2026-06-30"), ("P002", "2026-06-27"), ("P003", "2026-06-22"), ("P004", "2026-07-01")]
    rows = [delivered(settings, point, day) for point, day in told]
    write(settings, "postings", "test", pa.Table.from_pylist(rows, schema=POSTINGS))
    found = json.loads(run("coverage", "--date", "2026-06-30", "--json").output)
    assert found["coverage"] == [
        {"region": "632701", "kind": "hospital", "declared": 6, "expected": 5, "connected": 3, "late": 1, "silent": 3}
    ]
    assert [(each["point"], each["state"], each["latest"]) for each in found["absent"]] == [
        ("P002", "late", "2026-06-27"),
        ("P004", "silent", None),
        ("P005", "silent", None),
        ("P003", "silent", "2026-06-22"),
    ]
    shown = run("coverage", "--date", "2026-06-30").output
    assert "接入情况 Coverage, 2026-06-30" in shown
    assert "失联 silent" in shown


def test_coverage_before_the_first_night(settings: Settings) -> None:
    assert ledger.batches(settings) == []
    result = run("coverage")
    assert isinstance(result.exception, LakehouseError)
    assert result.exception.code == "NIGHT-006"
