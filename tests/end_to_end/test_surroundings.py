"""The same night somewhere else: another time zone, language, hash seed and number of partitions, and a clock in 2031.

Here it is taken step by step, there by one command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import libfaketime
import pytest
from click.testing import CliRunner

from jobs import ledger
from jobs.night import Engine
from jobs.province.samples import deletion_of, registers, row, visit
from jobs.province.story import write_delivery, write_site
from jobs.publication import published_digests
from lakehouse.cli import main
from lakehouse.settings import Settings
from tests.end_to_end.conftest import settings_in

NIGHT = date(2026, 6, 30)
VENDORS = {"P1": "standard-1", "P2": "huakang-3"}
# Commands, and the code with which one that comes too early is refused.
STEPS = (
    (f"land --date {NIGHT}", ""),
    (f"stage --date {NIGHT} --table person", ""),
    ("gate", "NIGHT-008"),
    (f"stage --date {NIGHT}", ""),
    ("merge", "NIGHT-008"),
    ("publication publish", "NIGHT-008"),
    ("gate", ""),
    ("merge --table charge_item", ""),
    ("marts --mart quality.delivery_scorecard", ""),
    ("publication publish", ""),
)
ELSEWHERE = {
    "TZ": "America/St_Johns",
    "LC_ALL": "tr_TR.UTF-8",
    "JAVA_TOOL_OPTIONS": "-Duser.language=tr -Duser.country=TR",
    "PYTHONHASHSEED": "4711",
    "LAKEHOUSE_SPARK_CORES": "3",
    "LAKEHOUSE_SPARK_SMALL": "0",  # Six partitions, not one; compiled, and planned anew between stages; no row kept for a merge.
    "LAKEHOUSE_SPARK_MEMORY": "2g",
    "FAKETIME": "@2031-02-03 04:05:06",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "FAKETIME_NO_CACHE": "1",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province in both dialects, with a correction, a deletion, a repeated row and a faulty one."""
    folder = tmp_path_factory.mktemp("surroundings")
    write_site(folder / "site", VENDORS)
    moved = row("encounter", encounter_id="V1", started_at="2026-05-30 09:00:00", ended_at="2026-05-30 09:20:00")
    for point, vendor in VENDORS.items():
        outbox, rows = folder / "offers" / point, visit("V1")
        rows["charge_item"] = [*rows["charge_item"], rows["charge_item"][0]]
        rows["encounter_diagnosis"][0]["diagnosis_code"] = "Z99.x99x999"
        write_delivery(outbox, {**registers(), **rows}, sequence=1, vendor=vendor)
        write_delivery(outbox, {"encounter": [moved]}, sequence=2, kind="correction", vendor=vendor)
        write_delivery(outbox, visit("V2"), sequence=3, vendor=vendor)
        write_delivery(outbox, deletion_of(visit("V2")), sequence=4, kind="deletion", vendor=vendor)
    return folder


@pytest.fixture(scope="module")
def here(folder: Path, engine: Engine) -> Settings:
    """The night step by step, each a command of its own."""
    settings = settings_in(folder / "here", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.commands.night.session_for_the_night", engine)
        for name, path in places(settings).items():
            patch.setenv(name, path)
        for step, refusal in STEPS:
            done = CliRunner().invoke(main, step.split())
            said = str(done.exception or "")
            assert said.startswith(refusal), (step, said)
            assert bool(refusal) == bool(done.exit_code), (step, said, done.output)
    return settings


def places(settings: Settings) -> dict[str, str]:
    """The environment that makes a command work there."""
    return {f"LAKEHOUSE_{name}": str(getattr(settings, name.lower())) for name in ("HOME", "SITE", "KEYS")}


@pytest.fixture(scope="module")
def elsewhere(folder: Path, here: Settings) -> Settings:
    settings = Settings(home=folder / "elsewhere", site=folder / "site", keys=folder / "elsewhere" / "keys")
    shutil.copytree(here.keys, settings.keys)
    clock = next(Path(libfaketime.__file__).parent.rglob("libfaketime.so.1"))
    command = [sys.executable, "-m", "tests.end_to_end.told_time", "night", "--date", str(NIGHT)]
    done = subprocess.run(
        command,
        env={**os.environ, **ELSEWHERE, **places(settings), "LD_PRELOAD": str(clock)},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("2031-02-03 NST"), "Newfoundland's own time"
    return settings


def test_every_table_is_the_same_elsewhere(here: Settings, elsewhere: Settings) -> None:
    digests = published_digests(here)
    assert digests["medical_records.encounter"]["rows"] == 2
    assert digests["supervision.prescription_profile"]["rows"] > 0
    assert published_digests(elsewhere) == digests


def test_every_account_is_the_same_elsewhere(here: Settings, elsewhere: Settings) -> None:
    accounts = ledger.ledger_json(here)
    assert {"quarantined", "repeated", "superseded", "deleted"} <= {
        fate
        for each in accounts
        for fate in each
        if fate != "unpriced" and each[fate] not in (None, {"rows": 0, "fen": 0})
    }
    assert ledger.ledger_json(elsewhere) == accounts
