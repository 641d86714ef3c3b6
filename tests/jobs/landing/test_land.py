"""A night's landing: what it takes, when, and once; repeats; sealed originals landed again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.landing.land import reland
from jobs.landing.record import Landed, read_record
from jobs.province.story import Row, Twist, deletion_of, registers, repeat_delivery, row, visit, write_delivery
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

Land = Callable[..., list[Landed]]
NIGHT = date(2026, 6, 30)


def outcome(landed: list[Landed]) -> list[tuple[str, int | None, str]]:
    return [(each.name, each.sequence, each.status) for each in landed]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_everything_due_is_landed_from_both_points(land: Land, offers: Path) -> None:
    for point, vendor in (("P001", "standard-1"), ("P002", "huakang-3")):
        write_delivery(offers / point, registers(), sequence=1, business_date="2026-06-29", vendor=vendor)
        write_delivery(offers / point, visit("V1"), sequence=2, vendor=vendor)
        write_delivery(offers / point, deletion_of(visit("V1")), sequence=3, kind="deletion", vendor=vendor)
        period = ("2024-07-01", "2026-06-30")
        write_delivery(offers / point, visit("V2"), sequence=4, kind="full", period=period, vendor=vendor)
    landed = land()
    assert [(each.point, each.sequence, each.kind, each.status) for each in landed] == [
        (point, sequence, kind, "landed")
        for point in ("P001", "P002")
        for sequence, kind in ((1, "increment"), (2, "increment"), (3, "deletion"), (4, "full"))
    ]


def test_the_record_says_what_was_declared_and_what_was_read(land: Land, settings: Settings, offers: Path) -> None:
    folder = write_delivery(offers / "P001", visit("V1"), sequence=7)
    (landed,) = land()
    record = json.loads((settings.landing / landed.id / "delivery.json").read_text())
    assert landed.folder == f"2026-06-30-0007-{landed.manifest_sha256[:8]}"
    assert record["tables"]["charge_item"] == {
        "declared": {"rows": 2, "fen": 6200, "elements": None},
        "landed": {"rows": 2, "fen": 6200},
        "unpriced": 0,
        "repairs": [],
    }
    assert {key: record[key] for key in ("point", "business_date", "sequence", "kind", "period", "status")} == {
        "point": "P001",
        "business_date": "2026-06-30",
        "sequence": 7,
        "kind": "increment",
        "period": None,
        "status": "landed",
    }
    assert (record["offered_at"], record["dialect"]) == ("2026-07-01 01:10:00", "standard-1")
    assert record["raw_bytes"] == sum(path.stat().st_size for path in folder.glob("*.gz"))
    assert read_record(settings.landing / landed.id) == landed


def test_a_second_call_takes_nothing_and_changes_nothing(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"))
    write_delivery(offers / "P001", visit("V2"), sequence=2, twists={"encounter": Twist(missing="ended_at")})
    assert len(land()) == 2
    before = contents(settings.home)
    assert land() == []
    assert contents(settings.home) == before


def test_a_delivery_is_taken_by_the_night_before_whose_cut_off_it_was_offered(land: Land, offers: Path) -> None:
    stamps = ("2026-07-01 11:59:59", "2026-07-01 12:00:00", "2026-07-02 13:00:00")
    for sequence, stamp in enumerate(stamps, 1):
        write_delivery(offers / "P001", visit(f"V{sequence}"), sequence=sequence, offered_at=stamp)
    assert [each.sequence for each in land("2026-06-29")] == []
    assert [each.sequence for each in land("2026-06-30")] == [1]
    assert [each.sequence for each in land("2026-07-02")] == [2, 3]


def test_a_delivery_may_say_that_there_is_nothing(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P001", {})
    (landed,) = land()
    assert (landed.status, landed.tables, landed.raw_bytes) == ("landed", {}, 0)
    assert list(contents(settings.landing / landed.id)) == ["delivery.json"]


def test_a_delivery_without_manifest_is_not_complete_yet(land: Land, offers: Path) -> None:
    folder = write_delivery(offers / "P001", visit("V1"))
    (folder / "manifest.json").rename(folder / ".manifest.json")
    assert land() == []
    (folder / ".manifest.json").rename(folder / "manifest.json")
    assert [each.status for each in land()] == ["landed"]


def test_only_the_chosen_points_are_landed(land: Land, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"))
    write_delivery(offers / "P002", visit("V1"), vendor="huakang-3")
    assert [each.point for each in land(points=["P002"])] == ["P002"]
    assert [each.point for each in land()] == ["P001"]


@pytest.mark.parametrize("nights", [["2026-06-30"], ["2026-06-30", "2026-07-01"]])
def test_the_same_bytes_again_are_a_repeat_in_the_same_night_or_later(
    land: Land, settings: Settings, offers: Path, nights: list[str]
) -> None:
    folder = write_delivery(offers / "P001", visit("V1"))
    landed = land(nights[0]) if len(nights) == 2 else []
    repeat_delivery(folder)
    landed += land(nights[-1])
    assert outcome(landed) == [("2026-06-30-0001", 1, "landed"), ("2026-06-30-0001-again", 1, "repeated")]
    first, again = landed
    assert again.folder == f"{first.folder}.2"
    assert again.tables == first.tables
    assert again.sealed == first.sealed
    assert list(contents(settings.landing / again.id)) == ["delivery.json"]
    assert len(list(settings.sealed.rglob("*.sealed"))) == 1


def test_the_same_content_under_new_stamps_is_a_repeat_too(land: Land, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"), folder="b", offered_at="2026-07-01 01:00:00")
    write_delivery(offers / "P001", visit("V1"), folder="a", offered_at="2026-07-01 02:00:00")
    assert outcome(land()) == [("b", 1, "landed"), ("a", 1, "repeated")]


def test_which_of_two_came_first_is_decided_by_stamp_then_name(land: Land, offers: Path) -> None:
    for name in ("b", "a"):
        write_delivery(offers / "P001", visit(name), folder=name)
    assert sorted(outcome(land())) == [("a", 1, "landed"), ("b", 1, "refused")]


def test_a_repeat_whose_files_are_torn_is_refused_and_sealed(land: Land, settings: Settings, offers: Path) -> None:
    again = repeat_delivery(write_delivery(offers / "P001", visit("V1")))
    (again / "encounter.csv.gz").write_bytes(b"torn")
    first, torn = land()
    assert (first.status, torn.status) == ("landed", "refused")
    assert [reason.code for reason in torn.reasons] == ["MAN-SIZE", "MAN-DIGEST"]
    assert torn.sealed != first.sealed
    assert (settings.sealed / torn.sealed).is_file()


def test_a_refused_delivery_does_not_claim_its_sequence(land: Land, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"), folder="torn", twists={"encounter": Twist(broken_byte=True)})
    write_delivery(offers / "P001", visit("V1"), folder="whole", offered_at="2026-07-01 02:00:00")
    assert outcome(land()) == [("torn", 1, "refused"), ("whole", 1, "landed")]


def test_a_torn_delivery_offered_again_under_another_name_lands(land: Land, offers: Path) -> None:
    folder = write_delivery(offers / "P001", visit("V1"))
    content = (folder / "encounter.csv.gz").read_bytes()
    (folder / "encounter.csv.gz").write_bytes(content[:-1])
    assert outcome(land()) == [("2026-06-30-0001", 1, "refused")]
    again = repeat_delivery(folder)
    (again / "encounter.csv.gz").write_bytes(content)
    (landed,) = land()
    assert (landed.status, landed.folder[-2:]) == ("landed", ".2")


def test_the_sealed_original_lands_again_as_a_new_generation(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P001", visit("V1"), files=2)
    (first,) = land()
    shutil.rmtree(offers / "P001")
    again = reland(settings, first.id, NIGHT, workers=0)
    assert (again.status, again.folder, again.tables) == ("landed", f"{first.folder}.2", first.tables)
    assert reland(settings, first.id, NIGHT, workers=0).folder == f"{first.folder}.3"
    for name in first.tables:
        one, other = (pq.read_table(settings.landing / each.id / f"{name}.parquet") for each in (first, again))
        assert one.drop_columns("delivery") == other.drop_columns("delivery")
        assert set(other["delivery"].to_pylist()) == {again.id}


def test_a_refused_delivery_lands_once_its_dialect_is_mended(land: Land, settings: Settings, offers: Path) -> None:
    write_delivery(offers / "P002", visit("V1"), vendor="standard-1")
    (refused,) = land()
    assert {reason.code for reason in refused.reasons} == {"DIALECT-ENCODING"}
    declared = settings.site / "points" / "P002.yaml"
    declared.write_text(declared.read_text().replace("huakang-3", "standard-1"))
    assert reland(settings, refused.id, NIGHT, workers=0).status == "landed"


@pytest.mark.parametrize("name", ["P001/none", "P001/2026-06-30-0001-again"])
def test_what_was_never_landed_cannot_land_again(land: Land, settings: Settings, offers: Path, name: str) -> None:
    repeat_delivery(write_delivery(offers / "P001", visit("V1")))
    repeated = next(each for each in land() if each.status == "repeated")
    with pytest.raises(LakehouseError) as error:
        reland(settings, repeated.id if name.endswith("again") else name, NIGHT, workers=0)
    assert error.value.code == "LAND-004"


def test_no_identifier_is_written_anywhere_but_sealed(land: Land, settings: Settings, offers: Path) -> None:
    guardian = {"guardian_name": "卓玛措", "guardian_certificate_type_code": "01", "guardian_phone": "13911112222"}
    person: Row = row("person", guardian_certificate_number="11010519491231002X", **guardian)
    for point, vendor in (("P001", "standard-1"), ("P002", "huakang-3"), ("P003", "province-1")):
        write_delivery(offers / point, {**registers(), "person": [person]}, vendor=vendor)
        twists = {"person": Twist(missing="sex_code")}
        write_delivery(offers / point, {"person": [person]}, vendor=vendor, sequence=2, twists=twists)
    assert [each.status for each in land()] == ["landed", "refused"] * 3
    planted = [
        person[each] for each in ("name", "certificate_number", "phone", "address", "card_number", "guardian_name")
    ]
    planted += ["11010519491231002X", "13911112222"]
    assert None not in planted
    seen = []
    for path in settings.landing.rglob("*"):
        if path.suffix == ".parquet":
            rows = pq.read_table(path).to_pylist()
            seen.append(
                str(rows) + str([value.hex() for each in rows for value in each.values() if isinstance(value, bytes)])
            )
            seen.append(str(pq.read_metadata(path).metadata))
        elif path.is_file():
            seen.append(path.read_text())
    everything = "\n".join(seen)
    assert "patient_id" in everything
    assert "100001" in everything
    assert [each for each in planted if each and each in everything] == []
    raw = b"".join(contents(settings.home).values())
    for each in planted:
        for coded in (str(each).encode(), str(each).encode("gb18030"), str(each).encode("utf-16-le")):
            assert coded not in raw
