"""Holds: a held delivery waits until a person releases or rejects it, with a reason, once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from jobs import ledger
from jobs.commands.hold import hold
from jobs.ledger.postings import POSTINGS
from lakehouse import audit
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

DAY = date(2026, 6, 30)
FOLDER = "2026-06-30-0008-1a2b3c4d"
NAME = f"P001/{FOLDER}"


LOW = ledger.Reason("gate.volume", "encounter", "hold", "volume_ratio", 0.1, 0.2, "Too few rows.", "行数过少")


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def judge(lake: Settings, verdict: str, night: date = DAY, name: str = NAME) -> ledger.Batch:
    """A finished batch whose gates said `verdict` about one delivery."""
    point, _, folder = name.partition("/")
    batch = ledger.finish(lake, ledger.open_batch(lake, night, [name], {}))
    ledger.write_verdicts(lake, batch, [ledger.Verdict(point, DAY, 8, folder, verdict, (LOW,))])
    return batch


def post_waiting(lake: Settings, batch: ledger.Batch) -> None:
    """Post what staging says of a held delivery: five rows, one of them quarantined, the others waiting."""
    fates = {"declared": (5, 500), "landed": (5, 500), "quarantined": (1, 50), "waiting": (4, 450)}
    head = ("P001", DAY, 8, "increment", FOLDER, "charge_item")
    rows = [dict(zip(POSTINGS.names, (*head, fate, *numbers, 0), strict=True)) for fate, numbers in fates.items()]
    ledger.write_postings(lake, batch, "stage", pa.Table.from_pylist(rows, schema=POSTINGS))


def held(lake: Settings) -> list[str]:
    return [verdict.id for verdict in ledger.held(lake)]


@pytest.mark.parametrize(("verdict", "found"), [("pass", []), ("warn", []), ("hold", [NAME])])
def test_only_a_hold_holds(lake: Settings, verdict: str, found: list[str]) -> None:
    judge(lake, verdict)
    assert held(lake) == found


def test_a_release_is_taken_along_by_the_next_batch_once(lake: Settings) -> None:
    judge(lake, "hold")
    ledger.decide(lake, NAME, "release", "The hospital opened a new ward.", "Li")
    assert held(lake) == []
    assert ledger.released_not_merged(lake) == [NAME]
    ledger.finish(lake, ledger.open_batch(lake, DAY, [], {}, released=[NAME]))
    assert ledger.released_not_merged(lake) == []


def test_a_decision_is_made_once(lake: Settings) -> None:
    judge(lake, "hold")
    ledger.decide(lake, NAME, "release", "Confirmed by telephone.", "Li")
    with pytest.raises(LakehouseError, match=r"HOLD-003.*release.*by Li"):
        ledger.decide(lake, NAME, "reject", "On second thought.", "Wang")
    assert [made.decision for made in ledger.decisions(lake)] == ["release"]


@pytest.mark.parametrize(
    ("name", "decision", "reason", "code"),
    [
        (NAME, "release", "  ", "HOLD-002"),
        (NAME, "approve", "Fine.", "HOLD-001"),
        ("P001/elsewhere", "release", "Fine.", "HOLD-004"),
    ],
)
def test_a_decision_without_reason_or_held_delivery_is_refused(
    lake: Settings, name: str, decision: str, reason: str, code: str
) -> None:
    judge(lake, "hold")
    with pytest.raises(LakehouseError, match=code):
        ledger.decide(lake, name, decision, reason, "Li")
    assert ledger.decisions(lake) == []


def test_a_rejection_quarantines_what_waited_and_the_account_balances(lake: Settings) -> None:
    post_waiting(lake, judge(lake, "hold"))
    ledger.decide(lake, NAME, "reject", "The extract was cut off.", "Li")
    (account,) = ledger.ledger_json(lake)
    assert account["waiting"] == {"rows": 0, "fen": 0}
    assert account["quarantined"] == {"rows": 5, "fen": 500}
    assert account["balanced"]
    assert ledger.reasons(lake).select(["reason", "rows"]).to_pylist() == [{"reason": "delivery.rejected", "rows": 4}]


def test_settling_a_rejection_again_changes_nothing(lake: Settings) -> None:
    post_waiting(lake, judge(lake, "hold"))
    ledger.decide(lake, NAME, "reject", "The extract was cut off.", "Li")
    before = (ledger.ledger_json(lake), ledger.reasons(lake))
    (lake.ledger / "reasons" / "decision-P001-0008-1.parquet").unlink()  # As if killed between the two files.
    ledger.settle_rejections(lake)
    ledger.settle_rejections(lake)
    assert (ledger.ledger_json(lake), ledger.reasons(lake)) == before


def test_a_rejection_during_an_unfinished_batch_is_settled_after_it(lake: Settings) -> None:
    post_waiting(lake, judge(lake, "hold"))
    running = ledger.open_batch(lake, DAY, [], {})
    ledger.decide(lake, NAME, "reject", "The extract was cut off.", "Li")
    assert ledger.ledger_json(lake)[0]["waiting"]["rows"] == 4
    ledger.finish(lake, running)
    ledger.settle_rejections(lake)
    assert ledger.ledger_json(lake)[0]["waiting"]["rows"] == 0


@pytest.mark.parametrize("second", [date(2026, 7, 1), date(2026, 6, 29)], ids=["later night", "earlier night"])
def test_a_delivery_judged_again_and_let_go_is_held_no_longer(lake: Settings, second: date) -> None:
    judge(lake, "hold")
    again = judge(lake, "pass", night=second)
    assert held(lake) == []
    assert [verdict.id for verdict in ledger.held(lake, besides=again)] == [NAME]


def test_verdicts_come_back_as_they_were_written(lake: Settings) -> None:
    batch = ledger.open_batch(lake, DAY, [NAME], {})
    reason = ledger.Reason("gate.volume", "encounter", "hold", "volume_ratio", 0.1, 0.2, "Too few rows.", "行数过少")
    verdict = ledger.Verdict("P001", DAY, 8, FOLDER, "hold", (reason,))
    ledger.write_verdicts(lake, batch, [verdict])
    assert ledger.verdicts(lake, batch) == [verdict]
    assert ledger.verdicts(lake, ledger.Batch("2026-06-30.9", DAY)) == []


def call(*words: str) -> str:
    """What `lakehouse hold …` prints."""
    done = CliRunner().invoke(hold, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_list_says_what_is_held_why_and_what_to_do(lake: Settings) -> None:
    judge(lake, "hold")
    shown = call("list")
    for text in (
        "P001",
        "2026-06-30",
        "volume_ratio",
        "Too few rows.",
        "行数过少",
        "Ask the point",
        "release|reject P001 8",
    ):
        assert text in shown
    (found,) = json.loads(call("list", "--json"))
    assert {name: found[name] for name in ("point", "business_date", "sequence")} == {
        "point": "P001",
        "business_date": "2026-06-30",
        "sequence": 8,
    }
    (reason,) = found["reasons"]
    assert (reason["measure"], reason["value"], reason["threshold"]) == ("volume_ratio", 0.1, 0.2)
    assert reason["do"].startswith("Ask the point")


def test_a_person_releases_by_point_and_sequence(lake: Settings) -> None:
    judge(lake, "hold")
    assert "已放行" in call("release", "P001", "8", "--reason", "A new ward.")
    assert json.loads(call("list", "--json")) == []
    (made,) = ledger.decisions(lake)
    assert (made.delivery, made.decision, made.reason) == (NAME, "release", "A new ward.")
    with pytest.raises(LakehouseError, match=r"HOLD-003.*decided on before: release"):
        call("reject", "P001", "8", "--reason", "On second thought.")
    (line,) = audit.trail(lake)
    assert (line["action"], line["delivery"], line["why"]) == ("hold.release", NAME, "A new ward.")
    assert line["who"] == made.who


def test_a_decision_on_what_is_not_held_is_refused(lake: Settings) -> None:
    judge(lake, "pass")
    with pytest.raises(LakehouseError, match=r"HOLD-004.*point P001, sequence 8"):
        call("release", "P001", "8", "--reason", "Fine.")
    missing = CliRunner().invoke(hold, ["release", "P001", "8"])
    assert missing.exit_code == 2
    assert "--reason" in missing.output
