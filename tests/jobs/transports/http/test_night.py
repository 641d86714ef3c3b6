"""A point over HTTP: what a night takes from it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.province.exchange_points.authority import Authority
from jobs.province.exchange_points.http import exchange_point
from jobs.province.story import Lie, repeat_delivery, visit, write_delivery, write_site
from jobs.transports import http, outbox
from lakehouse.settings import Settings
from tests.jobs.transports.http.points import (
    NIGHT,
    Point,
    connection,
    cutting,
    files,
    land,
    standing,
)


def rows(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    return {
        str(path.relative_to(settings.landing)): pq.read_table(path).to_pylist()
        for path in sorted(settings.landing.rglob("*.parquet"))
    }


def records(settings: Settings) -> dict[str, str]:
    found = settings.landing.rglob("delivery.json")
    return {str(path.relative_to(settings.landing)): path.read_text(encoding="utf-8") for path in found}


def test_a_night_over_http_lands_what_the_folder_holds(
    settings: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a repeat, a refused delivery, and one whose file is not there; over many small pieces."""
    repeat_delivery(folder / "2026-06-30-0002")
    write_delivery(folder, visit("V4"), sequence=4, lie=Lie.DIGEST)
    torn = write_delivery(folder, visit("V5"), sequence=5)
    next(torn.glob("*.gz")).unlink()
    write_site(tmp_path / "other", {"P001": "standard-1"})
    near = Settings(home=tmp_path / "near", site=tmp_path / "other", keys=settings.keys)
    land_night(near, NIGHT, NIGHT, workers=0)
    monkeypatch.setattr(http, "PIECE", 100)
    with exchange_point("P001", folder, Authority()) as way:
        landed, _ = land(settings, way)
        assert sorted(each.status for each in landed) == [
            "landed",
            "landed",
            "landed",
            "refused",
            "refused",
            "repeated",
        ]
        assert (rows(settings), records(settings)) == (rows(near), records(near))
        assert len(rows(settings)) > 10
        before = files(settings.landing)
        assert land(settings, way)[0] == []
    assert files(settings.landing) == before
    assert looks(settings)["P001"].code == ""


def test_files_come_byte_for_byte(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = folder / "2026-06-30-0003"
    (odd / "empty.bin").touch()
    (odd / "患者 清单%2F.csv").write_bytes(bytes(range(256)) * 5)
    monkeypatch.setattr(http, "PIECE", 256)
    with exchange_point("P001", folder) as way, http.opened("P001", way) as far:
        names = far.names()
        read = {f"{name}/{file}": b"".join(far.chunks(name, file)) for name in names for file in far.files(name)}
        read |= {f"{name}/manifest.json": far.manifest(name) for name in names}
    assert read == files(folder)
    assert len(read) > 20


def test_a_date_chooses_deliveries_and_nothing_is_no_data(folder: Path) -> None:
    with standing(Point(folder)) as way, http.opened("P001", way) as far:
        shown = [
            json.loads(far.line.get(f"/batches?date={day}&page=1", "", 10**6).clear)
            for day in ("2026-06-29", "2026-06-30", "2026-07-01")
        ]
    assert [each.get("total") for each in shown] == [1, 2, None]
    assert shown[2] == {"code": 200, "msgCode": -98, "msg": "no data"}


def test_an_empty_outbox_is_no_fault(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with standing(Point(tmp_path / "empty")) as way:
        assert land(settings, way) == ([], [])


def test_all_pages_are_read(folder: Path) -> None:
    point = Point(folder, on_a_page=1)
    with standing(point) as way, http.opened("P001", way) as far:
        assert far.names() == ["2026-06-29-0001", "2026-06-30-0002", "2026-06-30-0003"]
    assert point.asked == ["/batches?page=1", "/batches?page=2", "/batches?page=3"]


def test_a_listing_is_begun_anew_when_a_delivery_comes_in_meanwhile(folder: Path) -> None:
    def come(page: dict[str, Any], number: int) -> dict[str, Any]:
        if number == 2:
            write_delivery(folder, visit("V9"), sequence=9)
        return page

    with standing(Point(folder, on_a_page=1, told=come)) as way, http.opened("P001", way) as far:
        assert len(far.names()) == 4


def test_a_file_that_is_gone_is_not_there(folder: Path) -> None:
    with standing(Point(folder)) as way, http.opened("P001", way) as far:
        file = far.files("2026-06-30-0002")[0]
        (folder / "2026-06-30-0002" / file).unlink()
        with pytest.raises(FileNotFoundError):
            list(far.chunks("2026-06-30-0002", file))


def test_reading_goes_on_at_the_byte_that_was_due(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third connection breaks inside an answer; what came before is not asked for again."""
    (folder / "2026-06-30-0002" / "large.bin").write_bytes(bytes(range(250)) * 40)
    monkeypatch.setattr(http, "PIECE", 1000)
    point = Point(folder)
    with (
        standing(point) as near,
        cutting(near.port or 0, lambda number: 3000 if number % 3 == 0 else 12_000) as port,
        http.opened("P001", connection(port)) as far,
    ):
        far.names()
        point.asked.clear()
        read = b"".join(far.chunks("2026-06-30-0002", "large.bin"))
    assert read == bytes(range(250)) * 40
    pieces = [each.rpartition(" ")[2] for each in point.asked]
    assert list(dict.fromkeys(pieces)) == [f"clear={start}-{start + 999}" for start in range(0, 10_000, 1000)]
    assert len(pieces) > 10, "no connection broke"
    assert pieces == sorted(pieces, key=lambda piece: int(piece[6:].partition("-")[0]))


def test_an_http_point_is_opened_by_its_transport(settings: Settings, folder: Path) -> None:
    from jobs.site import load_points

    (point,), past = load_points(settings), outbox.Past(date(2026, 6, 30))
    with standing(Point(folder)) as way, outbox.opened(settings, point, lambda name: way, past) as far:
        assert len(far.names()) == 3
