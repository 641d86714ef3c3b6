"""Batches: what a run of a night takes; a killed one is taken up again."""

from __future__ import annotations

import multiprocessing
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from jobs import ledger
from jobs.lock import lock
from lakehouse.errors import BusyError, DamageError
from lakehouse.settings import Settings

DAY = date(2026, 6, 30)


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")


def test_the_runs_of_a_night_are_numbered(lake: Settings) -> None:
    names = [ledger.finish(lake, ledger.open_batch(lake, DAY, [], {})).id for _ in range(11)]
    assert names[0] == "2026-06-30.1"
    assert names[-1] == "2026-06-30.11"
    assert [batch.id for batch in ledger.batches(lake)] == names


def test_an_unfinished_batch_is_found_as_it_was_opened(lake: Settings) -> None:
    opened = ledger.open_batch(lake, DAY, ["P002/b", "P001/a"], {"medical_records.encounter": 3}, released=["P003/c"])
    assert ledger.unfinished(lake) == opened
    assert opened.deliveries == ("P001/a", "P002/b")
    assert opened.pins == {"medical_records.encounter": 3}
    ledger.finish(lake, opened)
    assert ledger.unfinished(lake) is None


def test_no_batch_is_opened_beside_an_unfinished_one(lake: Settings) -> None:
    ledger.open_batch(lake, DAY, [], {})
    with pytest.raises(DamageError, match=r"LEDGER-003.*2026-06-30\.1"):
        ledger.open_batch(lake, DAY, [], {})


def test_deliveries_of_all_batches_are_known_as_taken(lake: Settings) -> None:
    ledger.finish(lake, ledger.open_batch(lake, DAY, ["P001/a"], {}))
    ledger.open_batch(lake, date(2026, 7, 1), ["P001/b"], {})
    assert ledger.batched_deliveries(lake) == {"P001/a", "P001/b"}


def test_a_second_writer_is_told_who_holds_the_lake(lake: Settings) -> None:
    with lock(lake), pytest.raises(BusyError, match=r"NIGHT-001.*process \d+ since \d{4}-"), lock(lake):
        pass
    with lock(lake):
        assert (lake.run / "lock").exists()


def _hold(lake: Settings, holding: Event) -> None:
    with lock(lake):
        holding.set()
        holding.wait(60)
        multiprocessing.Event().wait(60)


def test_a_killed_holder_lets_go(lake: Settings) -> None:
    processes = multiprocessing.get_context("spawn")
    holding = processes.Event()
    holder = processes.Process(target=_hold, args=(lake, holding), daemon=True)
    holder.start()
    assert holding.wait(60)
    with pytest.raises(BusyError), lock(lake):
        pass
    holder.kill()
    holder.join()
    with lock(lake):
        assert ledger.batches(lake) == []
