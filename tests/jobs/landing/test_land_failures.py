"""What goes wrong while landing: it stops nobody else, leaves nothing half-written, and is said in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jobs.landing import delivery as landing_delivery
from jobs.landing import table, worker
from jobs.landing.land import land_night
from jobs.landing.record import Landed, records
from jobs.province.story import Twist, row, visit, write_delivery
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

Land = Callable[..., list[Landed]]
NIGHT = date(2026, 6, 30)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def hidden(settings: Settings) -> list[Path]:
    return list(settings.home.rglob(".*"))


def test_a_torn_file_at_one_point_stops_no_other(land: Land, offers: Path) -> None:
    folder = write_delivery(offers / "P001", visit("V1"))
    (folder / "encounter.csv.gz").write_bytes((folder / "encounter.csv.gz").read_bytes()[:-5])
    write_delivery(offers / "P002", visit("V1"), vendor="huakang-3")
    assert [(each.point, each.status) for each in land()] == [("P001", "refused"), ("P002", "landed")]


def test_a_point_that_cannot_be_reached_is_named_and_stops_no_other(settings: Settings, offers: Path) -> None:
    (offers / "P001").rmdir()
    write_delivery(offers / "P002", visit("V1"), vendor="huakang-3")
    lines: list[str] = []
    landed = land_night(settings, NIGHT, NIGHT, progress=lambda done, total, line: lines.append(line), workers=0)
    assert [each.point for each in landed] == ["P002"]
    assert lines[0].startswith("P001 cannot be reached")


def test_a_file_that_cannot_be_read_now_is_left_for_another_night(
    land: Land, settings: Settings, offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_delivery(offers / "P001", visit("V1"))

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.landing.pull.FolderFiles.read", fail)
        assert land() == []
    assert contents(settings.landing) == {}
    assert contents(settings.sealed) == {}
    assert [each.status for each in land()] == ["landed"]


def test_an_unreadable_manifest_is_refused_once(land: Land, settings: Settings, offers: Path) -> None:
    folder = write_delivery(offers / "P001", visit("V1"))
    (folder / "manifest.json").write_text("{}")
    (refused,) = land()
    assert (refused.folder[:11], refused.sequence, refused.business_date) == ("unreadable-", None, None)
    assert refused.expires_on == date(2026, 9, 28)
    assert land() == []


def test_the_original_of_a_refused_delivery_is_destroyed_after_its_last_day(
    land: Land, settings: Settings, offers: Path
) -> None:
    write_delivery(offers / "P001", visit("V1"), twists={"encounter": Twist(broken_byte=True)})
    write_delivery(offers / "P001", visit("V2"), sequence=2)
    refused, landed = land()
    assert (refused.status, refused.expires_on) == ("refused", date(2026, 9, 28))
    land("2026-09-28")
    assert (settings.sealed / refused.sealed).is_file()
    land("2026-09-29")
    assert not (settings.sealed / refused.sealed).exists()
    assert (settings.sealed / landed.sealed).is_file()
    assert [each.status for each in records(settings, "P001")] == ["refused", "landed"]


def test_a_fault_of_the_program_leaves_nothing_half_written_and_shows_no_cell(
    land: Land, settings: Settings, offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_delivery(offers / "P001", {"person": [row("person")], "charge_item": [row("charge_item")]})
    original = table.landed_blocks

    def fail(plan: table.Plan, *rest: object) -> object:
        yield from original(plan, *rest)  # type: ignore[arg-type]
        if plan.table.name == "charge_item":
            raise RuntimeError("扎西卓玛")

    monkeypatch.setattr(worker, "landed_blocks", fail)
    (refused,) = land()
    assert [reason.code for reason in refused.reasons] == ["LAND-FAILED"]
    assert refused.reasons[0].where.startswith("RuntimeError in test_land_failures.py")
    assert list(contents(settings.landing / refused.id)) == ["delivery.json"]
    assert hidden(settings) == []
    assert "扎西" not in str(contents(settings.landing))


def test_a_full_disk_is_said_in_a_sentence_and_what_had_landed_stays(
    settings: Settings, offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_delivery(offers / "P001", visit("V1"))
    write_delivery(offers / "P002", visit("V1"), vendor="huakang-3")
    write_record = landing_delivery.write_record

    def fail(landed: Landed, folder: Path) -> None:
        if landed.point == "P002":
            raise OSError(28, "No space left on device")
        write_record(landed, folder)

    with monkeypatch.context() as patch:
        patch.setattr(landing_delivery, "write_record", fail)
        with pytest.raises(LakehouseError) as error:
            land_night(settings, NIGHT, NIGHT, workers=0)
    assert error.value.code == "LAND-001"
    assert hidden(settings) == []
    again = land_night(settings, NIGHT, NIGHT, workers=0)
    assert {each.point for point in ("P001", "P002") for each in records(settings, point)} == {"P001", "P002"}
    assert "P002" in {each.point for each in again}


def test_what_a_killed_night_left_is_removed_and_landed_anew(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"))
    for place in (settings.landing / "P001" / ".x.tables", settings.sealed / "P001"):
        place.mkdir(parents=True)
    (settings.sealed / "P001" / ".x.sealed.17").write_bytes(b"half")
    (landed,) = land()
    assert landed.status == "landed"
    assert hidden(settings) == []


def test_the_tokens_key_must_be_in_order_before_anything_is_taken(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"))
    (settings.keys / keys.TOKEN_KEY).chmod(0o644)
    with pytest.raises(LakehouseError) as error:
        land()
    assert error.value.code == "KEYS-002"
    assert contents(settings.home) == {}


def test_dates_in_the_wrong_order_are_refused(settings: Settings) -> None:
    with pytest.raises(LakehouseError) as error:
        land_night(settings, date(2026, 6, 30), date(2026, 6, 29))
    assert error.value.code == "LAND-003"
