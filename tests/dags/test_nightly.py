"""A night under Airflow ends as one by hand does, with one Spark, and with nothing of a patient or a secret left in Airflow."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs import ledger
from jobs.night import Engine, run_night
from jobs.province.samples import registers, row, visit
from jobs.province.story import write_delivery, write_site
from jobs.publication import published_digests, shown
from lakehouse import audit, keys
from lakehouse.java import java_home
from lakehouse.settings import Settings
from tests.canaries.needles import Identifier, patterns
from tests.canaries.search import Search
from tests.conftest import ONE_NIGHT
from tests.dags.conftest import copied, fly
from warehouse_models.registry import marts

NIGHT, NEXT = "2026-06-30", "2026-07-01"
RELEASED, REJECTED, UNANSWERED, SOUND, AWAY = "P1", "P2", "P3", "P4", "P5"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
PASSWORD = "zhangye-7-secret-9"
TABLES = ("institution", "practitioner", "person")  # Beside visits and charges; every table more makes a night longer.


@dataclass(frozen=True)
class Flown:
    """A night under Airflow, three questions and answers, the night again, and the next one, which has nothing new; and the
    same by hand.

    first, second: what the flights told.   before: digests after the first.   by_hand_before: the same by hand.   javas: how
    many were started by the first flight, and by the second."""

    airflow: Path
    settings: Settings
    by_hand: Settings
    first: dict[str, Any]
    second: dict[str, Any]
    before: dict[str, Any]
    by_hand_before: dict[str, Any]
    javas: tuple[int, int]


@pytest.fixture(scope="module")
def flown(empty_airflow: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Flown:
    folder = tmp_path_factory.mktemp("flown")
    _offer(folder)
    airflow = copied(empty_airflow, folder / "airflow")
    settings, by_hand = (Settings(folder / name, folder / "site", folder / "keys") for name in ("flown", "by-hand"))
    keys.init(settings)
    night = date.fromisoformat(NIGHT)
    more = _surroundings(folder)
    first = fly(airflow, settings, [{"dag": "nightly", "night": NIGHT}], **more)
    javas = _javas(folder)
    run_night(by_hand, night, night, engine=engine)
    before, by_hand_before = published_digests(settings), published_digests(by_hand)
    held = {verdict.point: verdict.id for verdict in ledger.held(settings)}
    said = {RELEASED: ("放行 release", "vaccination day"), REJECTED: ("驳回 reject", "half a day")}
    legs: list[dict[str, Any]] = [
        {
            "dag": "hold_release",
            "conf": {"delivery": held[point], "night": NIGHT},
            "answer": {"option": option, "reason": reason, "who": "Sonam"},
        }
        for point, (option, reason) in said.items()
    ]
    legs.append({"dag": "hold_release", "conf": {"delivery": held[UNANSWERED], "night": NIGHT}, "answer": "time"})
    again = {"dag": "nightly", "conf": {"night": NIGHT}}
    second = fly(airflow, settings, [*legs, again, {"dag": "nightly", "night": NEXT}], **more)
    ledger.decide(by_hand, held[RELEASED], "release", "vaccination day", "Sonam")
    ledger.decide(by_hand, held[REJECTED], "reject", "half a day", "Sonam")
    run_night(by_hand, night, night, engine=engine)
    return Flown(airflow, settings, by_hand, first, second, before, by_hand_before, (javas, _javas(folder) - javas))


def _offer(folder: Path) -> None:
    """Three points whose charges are bad to a tenth, one that is sound, and one that cannot be reached."""
    points = (RELEASED, REJECTED, UNANSWERED, SOUND, AWAY)
    write_site(
        folder / "site",
        dict.fromkeys(points, "standard-1"),
        gate={"quarantined_share_hold_above": 0.02, "least_rows": 1},
    )
    for point in points[:-1]:
        rows: dict[str, list[Any]] = {name: list(found) for name, found in registers().items() if name in TABLES}
        for place in range(10):
            for name in ("encounter", "charge_item"):
                rows.setdefault(name, []).extend(dict(each) for each in visit(f"V{place}", NIGHT)[name])
        for each in rows["charge_item"]:
            each["prescription_id"] = None
        for each in rows["charge_item"][:: 10 if point != SOUND else 10_000][1:]:
            each["charge_type_code"] = None
        write_delivery(folder / "offers" / point, rows, business_date=NIGHT)
    path = folder / "site" / "points" / f"{AWAY}.yaml"
    away = yaml.safe_load(path.read_text()) | {"transport": {"kind": "sftp", "connection": "far", "path": "/out"}}
    path.write_text(yaml.safe_dump(away, allow_unicode=True))


def _surroundings(folder: Path) -> dict[str, str]:
    """A Java that counts how often it becomes a server, and the connection of a point that does not listen."""
    counted = folder / "java" / "bin" / "java"
    counted.parent.mkdir(parents=True)
    real = java_home() / "bin" / "java"
    script = f"""#!/bin/sh
case "$*" in
*launcher.Main*) ;;  # Only makes the command line.
*SparkConnectServer*) echo >> {folder}/javas ;;
esac
exec {real} "$@"
"""
    counted.write_text(script)
    counted.chmod(0o755)
    secret = {"conn_type": "sftp", "host": "127.0.0.1", "port": 1, "login": "us", "password": PASSWORD}
    secret["extra"] = {"host_key": HOST_KEY, "back_off": 0}
    return {
        "JAVA_HOME": str(folder / "java"),
        "JAVA_TOOL_OPTIONS": ONE_NIGHT,
        "LAKEHOUSE_SPARK_MEMORY": "1g",
        "AIRFLOW_CONN_FAR": json.dumps(secret),
    }


def _javas(folder: Path) -> int:
    return len((folder / "javas").read_text().splitlines())


def test_the_night_ends_as_one_by_hand(flown: Flown) -> None:
    assert flown.first["legs"][0]["state"] == "success"
    assert flown.before == flown.by_hand_before
    assert flown.before["medical_records.charge_item"]["rows"] == 20, "only the sound point's"


def test_one_java_is_started_a_night_and_none_is_left(flown: Flown) -> None:
    assert flown.javas == (1, 1)
    left = [
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if str(flown.settings.home).encode() in _command(path)
    ]
    assert left == []


def _command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_point_that_is_away_is_tried_again_and_stops_nobody(flown: Flown) -> None:
    (pull,) = flown.first["legs"][0]["tasks"]["pull"]  # Five points are one group.
    assert list(pull) == ["success", 4]
    log = (flown.airflow / "log.txt").read_text()
    assert "前置点未按时到齐 Points are late: 2026-06-30" in log
    assert "P5: PULL-REFUSED" in log


def test_each_held_delivery_is_asked_about_once(flown: Flown) -> None:
    asked = [
        conf["delivery"].partition("/")[0] for dag, _, conf in flown.first["legs"][0]["queued"] if dag == "hold_release"
    ]
    assert sorted(asked) == [RELEASED, REJECTED, UNANSWERED]


def test_answers_end_in_tables_and_ledger_as_by_hand(flown: Flown) -> None:
    assert [leg["state"] for leg in flown.second["legs"]] == ["success"] * 5
    assert published_digests(flown.settings) == published_digests(flown.by_hand)
    assert published_digests(flown.settings) != flown.before
    assert ledger.ledger_json(flown.settings) == ledger.ledger_json(flown.by_hand)
    assert [verdict.point for verdict in ledger.held(flown.settings)] == [UNANSWERED]
    made = [(each.delivery[:2], each.decision, each.reason, each.who) for each in ledger.decisions(flown.settings)]
    assert made == [(RELEASED, "release", "vaccination day", "Sonam"), (REJECTED, "reject", "half a day", "Sonam")]


def test_the_audit_trail_has_who_and_why(flown: Flown) -> None:
    told = [(line["action"], line["delivery"][:2], line["who"], line["why"]) for line in audit.trail(flown.settings)]
    assert told == [
        ("hold.release", RELEASED, "Sonam", "vaccination day"),
        ("hold.reject", REJECTED, "Sonam", "half a day"),
        ("hold.leave", UNANSWERED, "nobody in time", ""),
    ]


def test_only_a_release_starts_another_night(flown: Flown) -> None:
    for answered in flown.second["legs"][:3]:  # The first of them is the release.
        assert [conf["night"] for dag, _, conf in answered["queued"] if dag == "nightly"] == [NIGHT]


def test_published_marts_are_assets_with_rows_and_digest(flown: Flown) -> None:
    events = dict(flown.first["assets"])
    assert set(events) == set(marts())
    facts = {name: {"rows": event["rows"], "digest": event["digest"]} for name, event in events.items()}
    assert facts == {name: flown.before[name] for name in marts()}
    assert {event["publication"] for event in events.values()} == {shown(flown.settings).number - 1}


def test_a_night_with_nothing_new_starts_no_java(flown: Flown) -> None:
    leg = flown.second["legs"][-1]
    assert leg["state"] == "success"
    assert leg["tasks"]["start"] == [["skipped", 0]]
    assert leg["tasks"]["questions"][0][0] == "success"
    assert flown.javas[1] == 1, "the night before it started one"


def test_airflow_keeps_nothing_of_a_patient_and_no_secret(flown: Flown) -> None:
    person = row("person")
    needles = [Identifier(column, str(person[column])) for column in ("name", "certificate_number", "phone")]
    needles.append(Identifier("password", PASSWORD))
    search = Search(patterns(needles), {})
    offered = [gzip.decompress(path.read_bytes()) for path in flown.settings.site.parent.rglob("offers/**/*.gz")]
    assert {found.split(",")[0] for found in search.found_in_all(offered)} == {"name", "certificate_number", "phone"}
    with sqlite3.connect(flown.airflow / "airflow.db") as database:
        dump = "\n".join(database.iterdump())
    kept = [path.read_bytes() for path in flown.airflow.rglob("*") if path.is_file()]
    assert search.found_in(f"{PASSWORD} {dump}".encode()) == {"password, UTF-8"}, "the search sees into the dump"
    assert search.found_in_all([*kept, dump.encode()]) == set()
    assert "vaccination day" in dump
    assert os.path.getsize(flown.airflow / "log.txt") > 10_000
