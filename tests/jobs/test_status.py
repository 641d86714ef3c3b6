"""The morning's page: what happened last night, who is missing, what is held or waits, and what to do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from jobs import ledger, publication
from jobs.commands.status import status as status_command
from jobs.ledger.postings import POSTINGS
from jobs.ledger.records import REASONS
from jobs.status import status
from lakehouse.files import write_json
from lakehouse.settings import Settings

MONDAY, TUESDAY = date(2026, 6, 29), date(2026, 6, 30)
POINT = """
id: {id}
name: {id}医院
class: hospital
institution: "1263270100000000000001"
region: "632701"
dialect: standard-1
transport: {{kind: directory, path: ../offers/{id}}}
timetable: "01:00"
connected_from: {connected}
"""


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A site of four points, the last of which is connected a day after the night."""
    site = tmp_path / "site"
    (site / "points").mkdir(parents=True)
    (site / "settings.yaml").write_text("name: Test\n")
    for name, connected in {"P001": MONDAY, "P002": MONDAY, "P003": MONDAY, "P004": date(2026, 7, 1)}.items():
        (site / "points" / f"{name}.yaml").write_text(POINT.format(id=name, connected=connected))
    home = tmp_path / "home"
    for name, folder in {"HOME": home, "SITE": site, "KEYS": home / "keys"}.items():
        monkeypatch.setenv(f"LAKEHOUSE_{name}", str(folder))
    return Settings(home=home, site=site, keys=home / "keys")


def delivery(point: str, day: date, status: str = "landed", sequence: int = 1) -> dict[str, Any]:
    """A delivery of ten visits, as landing leaves it."""
    counts = {"rows": 10, "fen": 0}
    reason = {
        "code": "MAN-SIZE",
        "says": "A file is torn.",
        "says_zh": "文件损坏",
        "where": "encounter",
        "do": "Mend.",
    }
    return {
        "point": point,
        "name": f"{day}-{sequence:04d}",
        "manifest_sha256": "",
        "dialect": "standard-1",
        "sealed": "",
        "raw_bytes": 0,
        "folder": f"{day}-{sequence:04d}-1a2b3c4d",
        "business_date": str(day),
        "sequence": sequence,
        "kind": "increment",
        "status": status,
        "reasons": [reason] if status == "refused" else [],
        "tables": {"encounter": {"declared": counts, "landed": counts, "unpriced": 0}},
    }


def take(lake: Settings, night: date, *deliveries: dict[str, Any], waiting: int = 0) -> ledger.Batch:
    """Take deliveries in a batch: of each landed one two rows are quarantined, `waiting` wait, the rest is accepted."""
    for one in deliveries:
        write_json(lake.landing / one["point"] / one["folder"] / "delivery.json", one)
    batch = ledger.open_batch(lake, night, [f"{one['point']}/{one['folder']}" for one in deliveries], {})
    ledger.write_postings(lake, batch, "landing", ledger.landing_postings(deliveries))
    fates = {"accepted": 8 - waiting, "quarantined": 2, "waiting": waiting}
    staged = [
        {**posting, "fate": fate, "rows": rows}
        for posting in ledger.landing_postings(one for one in deliveries if one["status"] == "landed").to_pylist()
        if posting["fate"] == "landed"
        for fate, rows in fates.items()
    ]
    ledger.write_postings(lake, batch, "stage", pa.Table.from_pylist(staged, schema=POSTINGS))
    why = [
        {**posting, "reason": "encounter.started_at.required", "column": "started_at"}
        for posting in staged
        if posting["fate"] == "quarantined"
    ]
    ledger.write_reasons(lake, batch, "stage", pa.Table.from_pylist(why, schema=REASONS))
    return batch


def verdict(one: dict[str, Any], says: str) -> ledger.Verdict:
    reason = ledger.Reason("gate.volume", "encounter", says, "volume_ratio", 0.1, 0.2, "Too few rows.", "行数过少")
    day = date.fromisoformat(one["business_date"])
    return ledger.Verdict(one["point"], day, one["sequence"], one["folder"], says, (reason,))


@pytest.fixture
def morning(lake: Settings) -> Settings:
    """Monday: three points deliver. Tuesday: P001 waits and is held, P002 is refused, P003 is silent; published."""
    first = [delivery(point, MONDAY) for point in ("P001", "P002", "P003")]
    batch = take(lake, MONDAY, *first)
    ledger.write_verdicts(lake, batch, [verdict(one, "pass") for one in first])
    ledger.finish(lake, batch)
    held, refused = delivery("P001", TUESDAY, sequence=2), delivery("P002", TUESDAY, "refused", sequence=2)
    repeated = {**delivery("P001", MONDAY, "repeated"), "folder": "2026-06-29-0001-again"}
    batch = take(lake, TUESDAY, held, refused, repeated, waiting=3)
    ledger.write_verdicts(lake, batch, [verdict(held, "hold")])
    ledger.finish(lake, batch)
    ledger.finish(lake, ledger.open_batch(lake, TUESDAY, [], {}))  # A second run with nothing new.
    pin = {"version": 1, "rows": 24, "digest": "d", "months": {}}
    publication.publish(lake, MONDAY, {"medical_records.encounter": pin})
    publication.publish(lake, TUESDAY, {"medical_records.encounter": {**pin, "version": 2}})
    publication.rollback(lake)
    return lake


def test_the_last_night_is_counted_over_all_its_runs(morning: Settings) -> None:
    night = status(morning)["night"]
    assert {name: night[name] for name in ("date", "runs", "done")} == {"date": "2026-06-30", "runs": 2, "done": True}
    assert night["deliveries"] == {"landed": 1, "refused": 1, "repeated": 1}
    assert night["verdicts"] == {"pass": 0, "warn": 0, "hold": 1}
    assert {fate: rows for fate, rows in night["rows"].items() if rows} == {
        "declared": 30,
        "refused": 10,
        "landed": 20,
        "accepted": 5,
        "quarantined": 2,
        "waiting": 3,
        "repeated": 10,
    }


def test_a_point_without_a_delivery_for_the_date_is_missing(morning: Settings) -> None:
    missing = status(morning)["missing"]
    assert missing == [{"point": "P003", "name": "P003医院", "silent_days": 1, "why": "", "latest": "2026-06-29"}]
    write_json(morning.ledger / "looks" / "P003.json", {"night": "2026-06-30", "code": "PULL-CUT", "why": "It broke."})
    assert [each["why"] for each in status(morning)["missing"]] == ["It broke."]


def test_a_point_that_never_delivered_is_silent_since_it_was_connected(lake: Settings) -> None:
    ledger.finish(lake, ledger.open_batch(lake, TUESDAY, [], {}))
    assert [(one["point"], one["silent_days"], one["latest"]) for one in status(lake)["missing"]] == [
        ("P001", 2, None),
        ("P002", 2, None),
        ("P003", 2, None),
    ]


def test_what_is_held_refused_and_quarantined_is_said_with_reasons(morning: Settings) -> None:
    found = status(morning)
    assert [(one["point"], one["sequence"], one["reasons"][0]["threshold"]) for one in found["held"]] == [
        ("P001", 2, 0.2)
    ]
    assert [(one["point"], one["reasons"][0]["says_zh"]) for one in found["refused"]] == [("P002", "文件损坏")]
    assert found["refused"][0]["reasons"][0]["do_zh"].startswith("文件很可能被截断")
    (most,) = found["quarantined"]
    assert (most["reason"], most["rows"], most["points"]) == ("encounter.started_at.required", 2, 1)
    assert (most["says"], most["says_zh"]) == ("started_at is empty.", "接诊时间（started_at）为空")


def test_rows_of_a_held_delivery_wait_for_a_person_not_for_a_parent(morning: Settings) -> None:
    assert status(morning)["waiting"] == []
    ledger.finish(morning, take(morning, TUESDAY, delivery("P003", TUESDAY), waiting=4))
    assert status(morning)["waiting"] == [{"table": "encounter", "rows": 4, "oldest": "2026-06-30"}]


def test_the_publication_that_is_shown_is_told_from_the_newest(morning: Settings) -> None:
    assert status(morning)["publication"] == {"number": 1, "night": "2026-06-29", "newest": 2, "tables": 1}


def test_accounts_out_of_balance_are_counted(morning: Settings) -> None:
    assert status(morning)["unbalanced"] == 0
    take(morning, TUESDAY, {**delivery("P003", TUESDAY), "status": "landed"}, waiting=9)
    assert status(morning)["unbalanced"] == 1


def test_before_the_first_night_there_is_nothing_to_tell(lake: Settings) -> None:
    found = status(lake)
    assert (found["night"], found["publication"], found["missing"], found["points"]) == (None, None, [], 4)
    assert "No night has run yet" in CliRunner().invoke(status_command).output


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_says_what_to_do_and_fits_the_terminal(
    morning: Settings, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = CliRunner().invoke(status_command)
    assert done.exit_code == 0
    for text in ("2026-06-30", "P003", "lakehouse hold list", "行数过少", "started_at is empty", "publication forward"):
        assert text in done.output
    wide = [line for line in done.output.splitlines() if cells(line) > width]
    assert wide == []


def cells(line: str) -> int:
    """Columns that a line takes on a terminal: a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in line.rstrip())


def test_the_page_is_there_for_programs(morning: Settings) -> None:
    done = CliRunner().invoke(status_command, ["--json"])
    assert json.loads(done.output) == json.loads(json.dumps(status(morning)))
