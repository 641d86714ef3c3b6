"""The receiver over the line: what it takes, what it rejects and in which words, and what of it reaches a night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.landing.seal import open_sealed
from jobs.receiver import app as receiving
from jobs.receiver.app import receiver
from jobs.receiver.demands import demand
from jobs.receiver.store import Received
from jobs.site import load_points
from jobs.transports import envelope, push
from jobs.transports.faults import Unreachable
from lakehouse import keys
from lakehouse.settings import Settings
from tests.jobs.receiver.conftest import Pusher, manifest, secrets
from warehouse_models import dialect

NIGHT = date(2026, 6, 30)
METHOD = "JZJL"
PATIENT = "632701198001011234"


def element(**changed: Any) -> dict[str, Any]:
    """A visit with all that the method demands."""
    wanted = demand(dialect.load("huakang-3"), METHOD)
    assert wanted is not None
    return {**dict.fromkeys(wanted.fields, "1"), "JZLSH": "V1", "BZ": PATIENT, **changed}


def body(elements: Sequence[Any]) -> bytes:
    return json.dumps(elements, ensure_ascii=False).encode()


def tree(settings: Settings) -> dict[str, bytes]:
    found = settings.received.rglob("*")
    return {str(path.relative_to(settings.received)): path.read_bytes() for path in found if path.is_file()}


def land(settings: Settings, said: list[str] | None = None) -> list[Landed]:
    say = [] if said is None else said
    return land_night(settings, NIGHT, NIGHT, ["P001"], lambda done, total, line: say.append(line), 0, secrets)


def test_the_method_of_the_tests_is_one() -> None:
    spoken = dialect.load("huakang-3")
    wanted = demand(spoken, METHOD)
    assert wanted is not None
    assert wanted.ids == ("JZLSH",)
    assert {"JZLSH", "YWBBSJ"} <= set(wanted.fields)
    gone = demand(spoken, METHOD, is_deletion=True)
    assert gone is not None
    assert 2 <= len(gone.fields) < len(wanted.fields)
    assert demand(spoken, "GHXX") is None


def test_an_upload_gets_a_receipt_for_each_element_and_is_kept_sealed(hospital: Pusher, settings: Settings) -> None:
    given = [element(), element(JZLSH="V2")]
    told = hospital.upload(METHOD, given)
    assert {name: told[name] for name in ("code", "msgCode", "msg")} == {"code": 200, "msgCode": 200, "msg": ""}
    assert told["receipts"] == [
        {"index": 0, "id": "V1", "msgCode": 200},
        {"index": 1, "id": "V2", "msgCode": 200},
    ]
    assert Received(settings, "P001").upload(told["file"]) == body(given)
    kept = tree(settings)
    assert not [path for path, content in kept.items() if PATIENT.encode() in content or b"V1" in content]
    record = json.loads(kept[f"P001/receipts/{told['file']}.json"])
    assert (record["method"], record["elements"], record["bytes"]) == (METHOD, 2, len(body(given)))


def test_the_same_upload_twice_has_the_same_receipts_and_is_kept_once(hospital: Pusher, settings: Settings) -> None:
    first = hospital.upload(METHOD, [element()])
    before = tree(settings)
    assert hospital.upload(METHOD, [element()]) == first
    assert tree(settings) == before
    assert hospital.upload(METHOD, [element(BZ="other")])["file"] != first["file"]


@pytest.mark.parametrize(
    ("given", "result", "says", "receipts"),
    [
        ([element(), element(JZLSH="", YWBBSJ=None), element()], -99, "JZLSH|YWBBSJ", [200, -99]),
        ([element(YWBBSJ="  ")], -99, "YWBBSJ", [-99]),
        ([], -98, "no data", []),
        ([element(), {}], -98, "element 1 holds no data", [200, -98]),
        ([None, element()], -98, "element 0 holds no data", [-98]),
        ([element(), [1]], -1, "element 1 is no object", [200, -1]),
        ([PATIENT], -1, "element 0 is no object", [-1]),
        ({"a": 1}, -1, "the body is no array", []),
    ],
)
def test_a_call_stops_at_the_first_bad_element_and_rejects_them_all(
    hospital: Pusher, settings: Settings, given: Any, result: int, says: str, receipts: list[int]
) -> None:
    told = hospital.upload(METHOD, given)
    assert (told["code"], told["msgCode"], told["msg"]) == (200, result, says)
    assert [receipt["msgCode"] for receipt in told["receipts"]] == receipts
    assert [receipt["index"] for receipt in told["receipts"]] == list(range(len(receipts)))
    assert "file" not in told
    assert PATIENT not in json.dumps(told)
    assert tree(settings) == {}


@pytest.mark.parametrize("clear", [b"[{", b"\xff\xfe[\x00]\x00", b"[" * 100_000, b'["\xd6\xd0"]'])
def test_a_body_that_is_no_json_is_rejected(hospital: Pusher, settings: Settings, clear: bytes) -> None:
    told = hospital.post(f"/upload/{METHOD}", clear)
    assert (told["msgCode"], told["msg"]) == (-1, "the body is no JSON in UTF-8")
    assert tree(settings) == {}


def test_a_method_that_the_dialect_lacks_is_rejected(hospital: Pusher) -> None:
    assert hospital.upload("GHXX", [element()])["msg"] == "there is no such method"


def test_a_deletion_demands_less(hospital: Pusher) -> None:
    wanted = demand(dialect.load("huakang-3"), METHOD, is_deletion=True)
    assert wanted is not None
    gone = dict.fromkeys(wanted.fields, "1")
    assert hospital.upload(METHOD, [gone])["msgCode"] == -99
    assert hospital.upload(METHOD, [gone], "?kind=deletion")["msgCode"] == 200


def test_a_business_id_that_may_be_a_number_of_a_patient_is_left_out(hospital: Pusher) -> None:
    told = hospital.upload(METHOD, [element(JZLSH=PATIENT)])
    assert told["receipts"] == [{"index": 0, "id": None, "msgCode": 200}]


# How a request is spoiled, and what the plain answer says.
@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda each: setattr(each, "point", "P009"), "unknown point"),
        (lambda each: setattr(each, "point", "P002"), "unknown point"),
        (lambda each: setattr(each, "keys", replace(each.keys, signing=bytes(32))), "signature"),
        (lambda each: setattr(each, "keys", replace(each.keys, cipher=bytes(16))), "cipher"),
    ],
)
def test_a_request_that_is_not_the_points_is_turned_away(
    hospital: Pusher, settings: Settings, spoil: Any, why: str
) -> None:
    spoil(hospital)
    assert hospital.upload(METHOD, [element()]) == {"code": 401, "msgCode": -1, "msg": why}
    assert hospital.post("/close", manifest({})) == {"code": 401, "msgCode": -1, "msg": why}
    assert tree(settings) == {}


def test_a_request_is_taken_once_and_in_its_time(hospital: Pusher) -> None:
    hospital.upload(METHOD, [element()])
    assert hospital.last is not None
    assert hospital.send(hospital.last) == {"code": 401, "msgCode": -1, "msg": "nonce"}
    late = envelope.clock() - envelope.SKEW - 1000
    assert hospital.post(f"/upload/{METHOD}", body([element()]), late)["msg"] == "time"


def test_a_request_for_one_method_is_none_for_another(hospital: Pusher) -> None:
    hospital.upload(METHOD, [])
    assert hospital.last is not None
    moved = replace(hospital.last, target="/close")
    assert hospital.send(moved) == {"code": 401, "msgCode": -1, "msg": "signature"}


def test_a_body_that_is_too_large_is_turned_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    from jobs.province.exchange_points.running import running

    monkeypatch.setattr(receiving, "LARGEST", 5000)
    with running(receiver(settings, load_points(settings), secrets, said.append).app()) as port:
        hospital = Pusher(port)
        assert hospital.upload(METHOD, [element()])["msgCode"] == 200
        told = hospital.upload(METHOD, [element()] * 100)
    assert told == {"code": 413, "msgCode": -1, "msg": "more than 5000 bytes"}


def test_what_was_closed_is_a_delivery_of_the_night(hospital: Pusher, settings: Settings) -> None:
    """It is verified as any other: these files are no files of the dialect, and the delivery is refused and sealed."""
    first, second = [element()], [element(JZLSH="V2")]
    files = {hospital.upload(METHOD, each)["file"]: body(each) for each in (first, second)}
    hospital.upload(METHOD, [element(JZLSH="V3")])
    assert land(settings) == [], "what is not closed is no delivery"
    told = hospital.close(files)
    assert (told["code"], told["msgCode"]) == (200, 200)
    assert told["name"].startswith("2026-06-30-0001-")
    (landed,) = land(settings)
    assert (landed.point, landed.name, landed.sequence) == ("P001", told["name"], 1)
    sealed = open_sealed(settings.sealed / landed.sealed, keys.seal_key(settings))
    assert sealed == {**files, "manifest.json": manifest(files)}
    assert land(settings) == []


def test_what_a_night_has_taken_is_kept_by_the_receiver_no_more(hospital: Pusher, settings: Settings) -> None:
    """Its receipts stay, and an upload that another delivery waits with."""
    shared, own = [element()], [element(JZLSH="V2")]
    files = {hospital.upload(METHOD, each)["file"]: body(each) for each in (shared, own)}
    told = hospital.close(files)
    land(settings)
    hospital.close({name: files[name] for name in list(files)[:1]}, sequence=2, offered_at="2026-07-05 01:00:00")
    land(settings)
    left = set(tree(settings))
    assert {path.split("/")[2].partition(".json")[0] for path in left if "/uploads/" in path} == {
        name.removesuffix(".json") for name in list(files)[:1]
    }
    assert len([path for path in left if "/receipts/" in path]) == 2
    assert hospital.close(files) == told, "the same manifest again changes nothing"
    assert set(tree(settings)) == left
    assert hospital.upload(METHOD, own)["file"] == list(files)[1]


@pytest.mark.parametrize(
    ("content", "result", "says"),
    [
        (b"{", -1, "MAN-READ: The manifest cannot be read. (manifest.json is no JSON)"),
        (manifest({}, point="P002"), -1, "MAN-POINT: The manifest names another point. (P002)"),
        (manifest({"JZJL-00000000-00000000.json": b""}), -98, "JZJL-00000000-00000000.json"),
    ],
)
def test_a_manifest_that_is_none_closes_nothing(
    hospital: Pusher, settings: Settings, content: bytes, result: int, says: str
) -> None:
    told = hospital.post("/close", content)
    assert (told["msgCode"], told["msg"]) == (result, says)
    assert land(settings) == []
    assert not [path for path in tree(settings) if "deliveries" in path]


def test_an_upload_that_was_damaged_leaves_the_point_for_another_night(hospital: Pusher, settings: Settings) -> None:
    given = [element()]
    file = hospital.upload(METHOD, given)["file"]
    hospital.close({file: body(given)})
    path = settings.received / "P001" / "uploads" / f"{file}.sealed"
    path.write_bytes(path.read_bytes()[:-1])
    said: list[str] = []
    assert land(settings, said) == []
    assert said[0].startswith("P001 cannot be reached: PULL-RECEIVED: ")
    assert not list(settings.sealed.glob("P001/*"))
    with push.opened(settings, "P001") as here, pytest.raises(Unreachable):
        list(here.chunks(here.names()[0], file))


def test_a_full_disk_is_told_to_the_operator_and_the_point_tries_again(
    hospital: Pusher, settings: Settings, said: list[str]
) -> None:
    settings.received.parent.mkdir(parents=True, exist_ok=True)
    settings.received.write_text("a file where the folder should be")
    assert hospital.upload(METHOD, [element()]) == {"code": 500, "msgCode": -1, "msg": "not taken: try again later"}
    assert said == ["A request of P001 could not be taken: ENOTDIR"]
    settings.received.unlink()
    assert hospital.upload(METHOD, [element()])["msgCode"] == 200


def test_a_point_without_keys_is_named_and_not_served(settings: Settings) -> None:
    said: list[str] = []

    def nothing(name: str) -> Any:
        raise Unreachable("PULL-CONNECTION", name)

    assert receiver(settings, load_points(settings), nothing, said.append).points == {}
    assert said[0].startswith("P001 is not served: PULL-CONNECTION: ")


def test_nothing_half_kept_is_left_by_a_request_that_ends_early(settings: Settings, tmp_path: Path) -> None:
    received = Received(settings, "P001")
    (settings.received / "P001").mkdir(parents=True)
    (settings.received / "P001" / "uploads").write_text("")
    with pytest.raises(OSError, match="exists"):
        received.keep(METHOD, b"[]", 0)
    assert received.deliveries() == []
