"""A deployment's declarations: points and settings, read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.province.story import write_site
from jobs.site import load_points, load_site, outbox, select_points
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_site(tmp_path / "site", {"P002": "huakang-3", "P001": "standard-1"}, waiting_days=7)
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def code(settings: Settings) -> str:
    with pytest.raises(LakehouseError) as error:
        load_points(settings)
    return error.value.code


def test_points_come_in_the_order_of_their_ids(settings: Settings) -> None:
    points = load_points(settings)
    assert [(point.id, point.dialect, point.kind) for point in points] == [
        ("P001", "standard-1", "hospital"),
        ("P002", "huakang-3", "hospital"),
    ]
    assert outbox(settings, points[0].transport) == settings.site.parent / "offers" / "P001"


def test_settings_have_defaults(settings: Settings) -> None:
    site = load_site(settings)
    assert (site.waiting_days, site.refused_kept_days, dict(site.gate)) == (7, 90, {})


def test_points_are_chosen_by_id(settings: Settings) -> None:
    points = load_points(settings)
    assert [point.id for point in select_points(points, ["P002"])] == ["P002"]
    assert select_points(points, None) == points
    with pytest.raises(LakehouseError) as error:
        select_points(points, ["P003"])
    assert error.value.code == "SITE-004"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("P001", "P0 01"),
        ("class: hospital", "class: clinic"),
        ("timetable: 01:00", "timetable: '25:00'"),
        ("kind: directory", "kind: pigeon"),
        ("id: P001", "id: P001\nextra: 1"),
        ("id: P001", "id: ["),
    ],
)
def test_a_point_that_is_not_as_it_should_be_is_refused(settings: Settings, old: str, new: str) -> None:
    file = settings.site / "points" / "P001.yaml"
    text = file.read_text(encoding="utf-8").replace("'01:00'", "01:00")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert code(settings) == "SITE-002"


def test_a_site_without_points_is_refused(settings: Settings) -> None:
    for file in (settings.site / "points").iterdir():
        file.unlink()
    assert code(settings) == "SITE-001"


def test_a_point_bears_the_name_of_its_file(settings: Settings) -> None:
    file = settings.site / "points" / "P001.yaml"
    file.rename(file.with_name("P009.yaml"))
    assert code(settings) == "SITE-003"


def test_settings_that_are_not_there_are_missed(settings: Settings) -> None:
    (settings.site / "settings.yaml").unlink()
    with pytest.raises(LakehouseError) as error:
        load_site(settings)
    assert error.value.code == "SITE-001"
