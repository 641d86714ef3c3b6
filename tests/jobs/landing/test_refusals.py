"""Every reason for which a delivery can be refused, met by a delivery that deserves it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.landing import decode, pull, rows, table
from jobs.landing.record import Landed, read_record
from jobs.landing.refusals import REFUSALS, Reason, Refusal
from jobs.landing.seal import open_sealed
from jobs.province.story import Lie, Twist, row, visit, write_delivery
from lakehouse import keys
from lakehouse.settings import Settings

Spoil = Callable[[Path, pytest.MonkeyPatch], object]
CHARGES = {"charge_item": [row("charge_item")]}
FILE = "charge_item.csv.gz"
POINT_OF = {"standard-1": "P001", "huakang-3": "P002", "province-1": "P003"}


def stated(folder: Path, **changes: Any) -> None:
    """Change what the manifest states."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))


def entry(folder: Path, **changes: Any) -> None:
    """Change what the manifest states of its first file."""
    manifest = json.loads((folder / "manifest.json").read_text())
    stated(folder, files=[{**manifest["files"][0], **changes}, *manifest["files"][1:]])


def rewrite(folder: Path, text: str | bytes, packed: bool = True) -> None:
    """Put other content into the first file, and state its size and digest."""
    plain = text.encode() if isinstance(text, str) else text
    content = gzip.compress(plain) if packed else plain
    (folder / json.loads((folder / "manifest.json").read_text())["files"][0]["name"]).write_bytes(content)
    entry(folder, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def text_of(folder: Path) -> str:
    return gzip.decompress((folder / FILE).read_bytes()).decode()


def doubled(folder: Path) -> str:
    return "\n".join(f"{line},{line.split(',')[0]}" for line in text_of(folder).splitlines())


def never_ending(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rows, "BLOCK", 4096)
    rewrite(folder, text_of(folder) + '"' + "1,2\n" * 10_000)


def fail(*_: object) -> None:
    raise RuntimeError("扎西卓玛 632701198005123019")


SPOILT: dict[str, Spoil] = {
    "MAN-READ": lambda folder, _: (folder / "manifest.json").write_text("{"),
    "MAN-STANDARD": lambda folder, _: stated(folder, standard="2"),
    "MAN-POINT": lambda folder, _: stated(folder, point="P002"),
    "MAN-PERIOD": lambda folder, _: stated(folder, kind="full"),
    "MAN-TABLE": lambda folder, _: entry(folder, table="invoice"),
    "MAN-FILE": lambda folder, _: (folder / FILE).unlink(),
    "MAN-SIZE": lambda folder, _: entry(folder, bytes=1),
    "MAN-LARGE": lambda folder, patch: patch.setattr(pull, "LARGEST_FILE", 10),
    "MAN-DIGEST": lambda folder, _: entry(folder, sha256="0" * 64),
    "MAN-COUNT": lambda folder, _: entry(folder, rows=2),
    "MAN-SUM": lambda folder, _: entry(folder, fen=1201),
    "DEC-BYTE": lambda folder, _: rewrite(
        folder, text_of(folder).replace("110200001", "\udcff").encode(errors="surrogateescape")
    ),
    "DEC-GZIP": lambda folder, _: rewrite(folder, text_of(folder), packed=False),
    "DEC-REPLACEMENT": lambda folder, _: rewrite(folder, text_of(folder).replace("110200001", "1102\ufffd")),
    "CSV-READ": lambda folder, patch: never_ending(folder, patch),
    "JSON-READ": lambda folder, _: rewrite(folder, '{"扎西卓玛": 1}', packed=False),
    "COL-MISSING": lambda folder, _: rewrite(folder, text_of(folder).replace("amount,", "")),
    "COL-UNKNOWN": lambda folder, _: rewrite(folder, text_of(folder).replace("amount,", "amount,note,")),
    "COL-DOUBLE": lambda folder, _: rewrite(folder, doubled(folder)),
    "DIALECT-NONE": lambda folder, _: stated(folder, business_date="1999-12-31"),
    "DIALECT-ENCODING": lambda folder, _: entry(folder, encoding="GB18030"),
    "SEQ-REUSED": lambda folder, _: write_delivery(folder.parent, visit("V9"), folder="0-earlier"),
    "LAND-FAILED": lambda folder, patch: patch.setattr(table, "canonical", fail),
}


def test_every_reason_is_tried() -> None:
    assert set(SPOILT) == set(REFUSALS)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_delivery_that_deserves_it_is_refused_and_sealed(
    code: str, land: Callable[..., list[Landed]], settings: Settings, offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = "province-1" if code == "JSON-READ" else "standard-1"
    folder = write_delivery(offers / POINT_OF[vendor], CHARGES, vendor=vendor)
    SPOILT[code](folder, monkeypatch)
    refused = next(each for each in land() if each.name == folder.name)
    assert (refused.status, [reason.code for reason in refused.reasons]) == ("refused", [code])
    assert [path.name for path in (settings.landing / refused.id).iterdir()] == ["delivery.json"]
    sealed = open_sealed(settings.sealed / refused.sealed, keys.seal_key(settings))
    assert sealed["manifest.json"] == (folder / "manifest.json").read_bytes()
    assert set(sealed) == {path.name for path in folder.iterdir()} or code == "MAN-LARGE"
    for reason in refused.reasons:
        assert (reason.says, reason.says_zh, reason.do, reason.do_zh) == REFUSALS[code]
        assert "扎西" not in reason.where


def test_what_to_do_in_chinese_is_no_part_of_the_record(
    land: Callable[..., list[Landed]], settings: Settings, offers: Path
) -> None:
    stated(write_delivery(offers / "P001", CHARGES), standard="2")
    (landed,) = land()
    (kept,) = json.loads((settings.landing / landed.id / "delivery.json").read_text())["reasons"]
    assert set(kept) == {"code", "says", "says_zh", "where", "do"}
    assert read_record(settings.landing / landed.id).reasons[0].as_object() == {
        **kept,
        "do_zh": REFUSALS["MAN-STANDARD"].do_zh,
    }
    assert Reason(**{**kept, "code": "GONE"}).do_zh == ""


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_every_reason_is_told_in_both_languages_with_what_to_do(refusal: Refusal) -> None:
    assert refusal.says.endswith(".")
    assert refusal.do.endswith(".")
    assert any("\u4e00" <= character <= "\u9fff" for character in refusal.says_zh)
    assert any("\u4e00" <= character <= "\u9fff" for character in refusal.do_zh)


@pytest.fixture
def refused(land: Callable[..., list[Landed]], offers: Path) -> Callable[..., list[tuple[str, str]]]:
    """Land one delivery and return code and place of its reasons."""

    def run(tables: dict[str, Any] = CHARGES, **how: Any) -> list[tuple[str, str]]:
        write_delivery(offers / POINT_OF[how.get("vendor", "standard-1")], tables, **how)
        (landed,) = land()
        return [(reason.code, reason.where) for reason in landed.reasons]

    return run


def test_a_renamed_column_is_missing_first_and_unknown_second(refused: Callable[..., list[tuple[str, str]]]) -> None:
    assert refused(twists={"charge_item": Twist(renamed="amount")}) == [
        ("COL-MISSING", f"{FILE}: amount"),
        ("COL-UNKNOWN", f"{FILE}: amount_1"),
    ]


def test_columns_are_named_as_the_vendor_does(refused: Callable[..., list[tuple[str, str]]]) -> None:
    twist = {"charge_item": Twist(missing="amount")}
    assert refused(vendor="huakang-3", twists=twist) == [("COL-MISSING", "SFMX.csv: SFJE")]


def test_the_place_of_an_undecodable_byte_is_told(refused: Callable[..., list[tuple[str, str]]], offers: Path) -> None:
    ((code, where),) = refused(vendor="huakang-3", twists={"charge_item": Twist(broken_byte=True)})
    content = (offers / "P002" / "2026-06-30-0001" / "SFMX.csv").read_bytes()
    assert (code, where) == ("DEC-BYTE", f"SFMX.csv, byte {content.index(0xFF)}")


@pytest.mark.parametrize(
    ("lie", "code"),
    [(Lie.SIZE, "MAN-SIZE"), (Lie.DIGEST, "MAN-DIGEST"), (Lie.COUNT, "MAN-COUNT"), (Lie.SUM, "MAN-SUM")],
)
def test_a_lie_of_the_manifest_is_the_only_reason(
    refused: Callable[..., list[tuple[str, str]]], lie: Lie, code: str
) -> None:
    assert [found for found, _ in refused(visit("V1"), lie=lie)] == [code]


def test_a_file_without_header_does_not_show_its_first_row(
    land: Callable[..., list[Landed]], settings: Settings, offers: Path
) -> None:
    folder = write_delivery(offers / "P001", {"person": [row("person")]})
    content = gzip.compress(gzip.decompress((folder / "person.csv.gz").read_bytes()).split(b"\n", 1)[1])
    (folder / "person.csv.gz").write_bytes(content)
    entry(folder, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    (landed,) = land()
    assert {reason.code for reason in landed.reasons} == {"COL-MISSING", "COL-UNKNOWN"}
    record = (settings.landing / landed.id / "delivery.json").read_text()
    for part in ("扎西卓玛", "632701198005", "13800000001", "K100001"):
        assert part not in record


def test_all_reasons_of_all_files_are_told_at_once(refused: Callable[..., list[tuple[str, str]]]) -> None:
    twists = {
        "encounter": Twist(missing="ended_at"),
        "charge_item": Twist(unknown=True),
        "prescription": Twist(broken_byte=True),
    }
    codes = [code for code, _ in refused(visit("V1"), twists=twists)]
    assert codes == ["COL-MISSING", "DEC-BYTE", "COL-UNKNOWN"]


def test_a_file_that_is_not_listed_is_told_without_a_telling_name(
    land: Callable[..., list[Landed]], offers: Path
) -> None:
    folder = write_delivery(offers / "P001", CHARGES)
    (folder / "扎西卓玛.csv").write_text("x")
    (landed,) = land()
    assert [(reason.code, reason.where) for reason in landed.reasons] == [
        ("MAN-FILE", "(a name that is not shown) is not listed")
    ]


def test_a_file_that_unfolds_without_end_is_not_read_to_its_end(
    land: Callable[..., list[Landed]], offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    charges = [row("charge_item", charge_id=str(place), amount="0.00") for place in range(1000)]
    folder = write_delivery(offers / "P001", {"charge_item": charges})
    entry(folder, rows=10)
    whole = gzip.decompress((folder / FILE).read_bytes())
    rewrite(folder, whole[: len(whole) // 2] + b"\xff")  # Never met: reading ends before.
    monkeypatch.setattr(table, "TOO_MANY", 2)
    monkeypatch.setattr(decode, "CHUNK", 1000)
    monkeypatch.setattr(rows, "BLOCK", 1000)
    (landed,) = land()
    assert [reason.code for reason in landed.reasons] == ["MAN-COUNT"]
    assert "reading ended" in landed.reasons[0].where


def test_a_link_is_no_file_of_the_point(land: Callable[..., list[Landed]], settings: Settings, offers: Path) -> None:
    folder = write_delivery(offers / "P001", CHARGES)
    (folder / FILE).rename(offers / "elsewhere")
    (folder / FILE).symlink_to(offers / "elsewhere")
    (landed,) = land()
    assert [reason.code for reason in landed.reasons] == ["MAN-FILE"]
    assert set(open_sealed(settings.sealed / landed.sealed, keys.seal_key(settings))) == {"manifest.json"}
