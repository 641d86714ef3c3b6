"""Rows that were set aside for a fault on our side come in by a replay; the others stay aside, and are counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from deltalake import DeltaTable

from jobs import crosswalk, ledger, quarantine
from jobs.lake import table_path
from jobs.lock import lock
from jobs.night import Engine, run_night
from jobs.province.samples import DAY, registers, row
from jobs.province.story import write_delivery, write_site
from lakehouse import keys
from lakehouse.settings import Settings
from warehouse_models import codes
from warehouse_models.codes import Misspelling
from warehouse_models.registry import conformed_of

NIGHT = date.fromisoformat(DAY)
UNKNOWN = "encounter.department_code.unknown_code"
MENDED, HOPELESS, MEANT = "NK-1", "ZZ-9", "03"


@dataclass(frozen=True)
class Told:
    """What commands say at a moment: reasons with their rows, rows that are aside, the account of the visits."""

    reasons: dict[str, int]
    aside: list[tuple[int, list[str]]]
    account: dict[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A lake before the replay, after it, and after another one that had nothing to let in."""

    settings: Settings
    before: Told
    after: Told
    again: Told


@pytest.fixture(scope="module")
def replayed(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """Three visits of one delivery: one sound, one with a code that is mended later, one with a code that never is."""
    folder = tmp_path_factory.mktemp("replay")
    settings = Settings(
        home=folder / "home", site=write_site(folder / "site", {"P001": "standard-1"}), keys=folder / "keys"
    )
    keys.init(settings)
    visits = [
        row("encounter", encounter_id="V1"),
        row("encounter", encounter_id="V2", department_code=MENDED),
        row("encounter", encounter_id="V3", department_code=HOPELESS),
    ]
    write_delivery(folder / "offers" / "P001", {**registers(), "encounter": visits}, sequence=1)
    run_night(settings, NIGHT, NIGHT, engine=engine)
    before = _told(settings)
    with pytest.MonkeyPatch.context() as patch:
        slips = (*codes.misspellings(), Misspelling("department", MENDED, MEANT))
        patch.setattr(codes, "misspellings", lambda: slips)
        _forget()
        after = _replay(settings, engine)
        yield Replayed(settings, before, after, _replay(settings, engine))
    _forget()


def _forget() -> None:
    for table in (crosswalk.crosswalk_table, crosswalk.lookup_table, crosswalk.short_lists):
        table.cache_clear()


def _replay(settings: Settings, engine: Engine) -> Told:
    with lock(settings):
        quarantine.replay(settings, "P001", 1)
    run_night(settings, NIGHT, NIGHT, engine=engine)
    return _told(settings)


def _told(settings: Settings) -> Told:
    (account,) = [each for each in ledger.ledger_json(settings) if each["table"] == "encounter"]
    return Told(
        {each["reason"]: each["rows"] for each in quarantine.by_reason(settings)},
        [(each["row"], each["reasons"]) for each in quarantine.rows_of(settings, "P001", 1)],
        account,
    )


def test_both_are_set_aside_at_first(replayed: Replayed) -> None:
    assert replayed.before.reasons == {UNKNOWN: 2}
    assert replayed.before.aside == [(2, [UNKNOWN]), (3, [UNKNOWN])]
    assert (replayed.before.account["accepted"]["rows"], replayed.before.account["quarantined"]["rows"]) == (1, 2)


def test_what_passes_now_is_let_in(replayed: Replayed) -> None:
    account = replayed.after.account
    assert (account["accepted"]["rows"], account["quarantined"]["rows"], account["landed"]["rows"]) == (2, 1, 3)
    assert all(each["balanced"] for each in ledger.ledger_json(replayed.settings))
    assert ledger.held(replayed.settings) == []
    path = table_path(replayed.settings, conformed_of("encounter"))
    stored = DeltaTable(str(path)).to_pyarrow_table(columns=["encounter_id", "department_code"]).to_pylist()
    assert {each["encounter_id"]: each["department_code"] for each in stored} == {"V1": MEANT, "V2": MEANT}


def test_what_stays_aside_is_counted_once(replayed: Replayed) -> None:
    assert replayed.after.reasons == {UNKNOWN: 1}
    assert replayed.after.aside == [(3, [UNKNOWN])]


def test_a_replay_with_nothing_to_let_in_changes_nothing(replayed: Replayed) -> None:
    assert replayed.again == replayed.after
