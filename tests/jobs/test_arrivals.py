"""Points in groups, and the wait for those that are late."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jobs.arrivals import AT_MOST, chunks, gathered, in_groups, land, late
from jobs.ledger import batches
from jobs.night import open_or_resume, run_night
from jobs.province.samples import registers, row
from jobs.province.story import Lie, write_delivery, write_site
from jobs.steps import open_batch
from jobs.transports.connections import Connection
from lakehouse import keys
from lakehouse.console import Reporter
from lakehouse.errors import LakehouseError, PassingError
from lakehouse.settings import Settings
from warehouse_models import registry

NIGHT = "2026-06-30"
BEFORE, AFTER = (datetime.fromisoformat(f"2026-07-01 {time}") for time in ("11:59", "12:00"))


@given(st.integers(0, 2000), st.integers(1, 100))
def test_no_point_is_forgotten_and_groups_are_alike(count: int, at_most: int) -> None:
    items = list(range(count))
    groups = in_groups(items, at_most)
    assert sorted(item for group in groups for item in group) == items
    assert len(groups) == min(count, at_most)
    assert max(map(len, groups), default=0) - min(map(len, groups), default=0) <= 1


@pytest.mark.parametrize(("points", "tasks"), [(1, 1), (8, 1), (93, 12), (467, 59), (2000, 64)])
def test_a_province_of_any_size_is_64_tasks_at_most(tmp_path: Path, points: int, tasks: int) -> None:
    site = write_site(tmp_path / "site", {f"P{n:04d}": "standard-1" for n in range(points)})
    groups = chunks(Settings(tmp_path, site, tmp_path))
    assert len(groups) == tasks <= AT_MOST == 64
    assert len({point for group in groups for point in group}) == points


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two points: P1 has delivered, P2 has not."""
    made = Settings(
        tmp_path / "home", write_site(tmp_path / "site", dict.fromkeys(("P1", "P2"), "standard-1")), tmp_path / "keys"
    )
    keys.init(made)
    write_delivery(tmp_path / "offers" / "P1", {"person": registers()["person"]}, business_date=NIGHT)
    (tmp_path / "offers" / "P2").mkdir(parents=True)
    return made


def test_nothing_is_landed_or_opened_on_declarations_that_contradict_each_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date.fromisoformat(NIGHT)
    said = [LakehouseError("CONTRACTS-003", "The table visit has no key.")]
    with monkeypatch.context() as patch:
        patch.setattr(registry, "check", lambda: said)
        for begin in (lambda: run_night(settings, day, day), lambda: land(settings, NIGHT, ["P1"])):
            with pytest.raises(LakehouseError, match="CONTRACTS-003"):
                begin()
    assert not settings.landing.exists()
    assert land(settings, NIGHT, ["P1"])["landed"] == 1
    monkeypatch.setattr(registry, "check", lambda: said)
    for begin in (lambda: open_batch(settings, NIGHT), lambda: open_or_resume(settings, day, Reporter(quiet=True))):
        with pytest.raises(LakehouseError, match="CONTRACTS-003"):
            begin()
    assert batches(settings) == []


def offer(settings: Settings, **more: object) -> None:
    """What P2 offers at last."""
    write_delivery(settings.site.parent / "offers" / "P2", {"person": [row("person")]}, business_date=NIGHT, **more)  # type: ignore[arg-type]


def test_a_night_waits_for_a_late_point_until_its_cut_off(settings: Settings) -> None:
    assert land(settings, NIGHT, ["P1", "P2"]) == {"landed": 1, "away": {}}
    assert late(settings, NIGHT) == ["P2"]
    assert not gathered(settings, NIGHT, now=BEFORE)
    assert gathered(settings, NIGHT, now=AFTER)
    assert late(settings, NIGHT) == ["P2"]


def test_a_late_point_is_asked_again_and_then_nobody_is_waited_for(settings: Settings) -> None:
    land(settings, NIGHT, ["P1", "P2"])
    offer(settings)
    assert gathered(settings, NIGHT, now=BEFORE)
    assert late(settings, NIGHT) == []


def test_a_refused_delivery_is_still_to_come(settings: Settings) -> None:
    offer(settings, lie=Lie.COUNT)
    assert land(settings, NIGHT, ["P1", "P2"])["refused"] == 1
    assert late(settings, NIGHT) == ["P2"]


def test_a_point_that_is_not_connected_yet_is_not_waited_for(settings: Settings) -> None:
    path = settings.site / "points" / "P2.yaml"
    path.write_text(path.read_text().replace("2026-06-01", "2026-07-01"))
    land(settings, NIGHT, ["P1", "P2"])
    assert gathered(settings, NIGHT, now=BEFORE)


def test_a_broken_line_is_tried_again_while_tries_are_left_and_a_wrong_connection_is_not(settings: Settings) -> None:
    path = settings.site / "points" / "P2.yaml"
    far = yaml.safe_load(path.read_text()) | {"transport": {"kind": "sftp", "connection": "far", "path": "/out"}}
    path.write_text(yaml.safe_dump(far, allow_unicode=True))
    refused = Connection("sftp", "127.0.0.1", 1, "us", "pw", extra={"host_key": HOST_KEY, "back_off": 0})
    with pytest.raises(PassingError, match=r"LAND-005.*P2 PULL-REFUSED"):
        land(settings, NIGHT, ["P1", "P2"], lambda name: refused, tries_left=1)
    assert late(settings, NIGHT) == ["P2"], "what came has landed"
    assert land(settings, NIGHT, ["P1", "P2"], lambda name: refused)["away"] == {"P2": "PULL-REFUSED"}
    bare = Connection("sftp", "127.0.0.1", 1, "us", "pw")
    assert land(settings, NIGHT, ["P1", "P2"], lambda name: bare, tries_left=1)["away"] == {"P2": "PULL-HOSTKEY-NONE"}


HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
