"""A generated province is the same however it is made, and its deliveries and its truth say the same."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from jobs.commands.province import province as command
from jobs.province.agenda import REFUSALS, agenda
from jobs.province.catalogue import TABLES
from jobs.province.deliver import FATES
from jobs.province.dialect import dialect
from jobs.province.generate import generate
from jobs.province.mistakes import MISTAKES, ORPHANS
from jobs.province.plan import DEFAULT_POINTS, HOSPITAL, INTERNET, TOWNSHIP, Plan, counts, points_of
from lakehouse.errors import LakehouseError
from tests.jobs.province.conftest import PLAN

AMOUNTS = {name: table.amount for name, table in TABLES.items() if table.amount}


def truth(province: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(province / "truth" / (name if name in TABLES else f"{name}.parquet"))


def deliveries(province: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Dialect, folder and manifest of every delivery."""
    dialects = {point.id: point.dialect for point in points_of(PLAN.points)}
    for path in sorted(province.glob("offers/*/*/manifest.json")):
        yield dialects[path.parts[-3]], path.parent, json.loads(path.read_text())


def test_two_processes_write_the_same_bytes_as_one(province: Path, tmp_path: Path) -> None:
    assert generate(PLAN, tmp_path / "again", processes=2)
    first, second = (json.loads((out / "province.json").read_text()) for out in (province, tmp_path / "again"))
    assert first == second
    assert first["files"] > 200


def test_another_seed_gives_another_province(tmp_path: Path, province: Path) -> None:
    assert generate(replace(PLAN, points=1, nights=1), tmp_path / "one")
    assert generate(replace(PLAN, points=1, nights=1, seed=4), tmp_path / "two")
    digests = {json.loads((tmp_path / each / "province.json").read_text())["digest"] for each in ("one", "two")}
    assert len(digests) == 2


def test_a_province_that_is_there_is_left_alone(province: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in province.rglob("*")}
    assert not generate(PLAN, province)
    assert {path: path.stat().st_mtime_ns for path in province.rglob("*")} == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    with pytest.raises(LakehouseError, match="PROVINCE-001"):
        generate(PLAN, tmp_path / "letters")
    assert [path.name for path in tmp_path.rglob("*")] == ["letters", "a.txt"]


@pytest.mark.parametrize("plan", [Plan(points=0), Plan(nights=0), Plan(points=5, volume="yushu")])
def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(LakehouseError, match="PROVINCE-002"):
        generate(plan, tmp_path / "none", processes=2)
    assert list(tmp_path.iterdir()) == []


def test_every_kind_of_event_is_on_the_default_agenda() -> None:
    events = [event for each in agenda(Plan()).values() for event in each]
    happening = {(event.what, event.which) for event in events}
    assert happening >= {("mistake", mistake.name) for mistake in MISTAKES}
    assert happening >= {("orphan", orphan.name) for orphan in ORPHANS}
    assert happening >= {("refused", str(which)) for which in REFUSALS}
    assert {event.what for event in events} >= {
        "withheld",
        "double",
        "twist",
        "late",
        "repeat",
        "correction",
        "deletion",
    }
    assert all(sum(event.which == mistake.name for event in events) >= 5 for mistake in MISTAKES)


def test_even_a_small_province_has_every_fault_and_every_fate(province: Path) -> None:
    faults = truth(province, "faults")
    told = set(zip(faults["table"], faults["column"].fillna(""), faults["fault"], faults["fate"], strict=True))
    assert told >= {(each.table, each.column, each.kind, each.fate) for each in MISTAKES}
    assert set(faults["fault"]) >= {f"refused_{which}" for which in REFUSALS}
    assert set(faults["fault"]) >= {"orphan", "parent_late", "parent_missing", "double", "reversal", "bom", "reordered"}
    assert set(faults["fate"]) == {"repaired", *(fate for fate in FATES if fate != "landed")}
    assert faults["fault_id"].is_unique


def test_accounts_balance_and_agree_with_the_clean_rows(province: Path) -> None:
    accounts = truth(province, "accounts")
    for unit in ("rows", "fen"):
        landed = sum(accounts[f"{fate}_{unit}"] for fate in FATES[2:])
        assert (accounts[f"landed_{unit}"] == landed).all()
        assert (accounts[f"declared_{unit}"] == landed + accounts[f"refused_{unit}"]).all()
    for name in TABLES:
        rows, account = truth(province, name), accounts[accounts["table"] == name]
        assert len(rows) == account["accepted_rows"].sum() > 0
        assert not rows.duplicated(["point_id", *TABLES[name].key]).any()
        if name in AMOUNTS:
            fen = sum(int(Decimal(amount) * 100) for amount in rows[AMOUNTS[name]])
            assert fen == account["accepted_fen"].sum()


def test_an_independent_reader_finds_what_the_manifests_declare(province: Path) -> None:
    faults = truth(province, "faults")
    refused = set(faults.loc[faults["fate"] == "refused", ["point_id", "delivery"]].itertuples(index=False, name=None))
    seen = set()
    for vendor, folder, manifest in deliveries(province):
        if (folder.parent.name, folder.name) in refused:
            continue
        for entry in manifest["files"]:
            content = (folder / entry["name"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
            plain = gzip.decompress(content) if entry["name"].endswith(".gz") else content
            lines = list(csv.reader(io.StringIO(plain.decode(entry["encoding"]).removeprefix("\ufeff"))))
            assert len(lines) - 1 == entry["rows"]
            assert sum_of(lines, vendor, entry["table"]) == entry["fen"]
            seen.add((vendor, manifest["kind"]))
    assert seen == {
        (vendor, kind) for vendor in ("standard-1", "huakang-3") for kind in ("increment", "correction", "deletion")
    }


def sum_of(lines: list[list[str]], vendor: str, table: str) -> int:
    """Money in a file, in fen, as a hospital would add it up."""
    headers = dialect(vendor).declared.headers(TABLES[table])
    if table not in AMOUNTS or headers[AMOUNTS[table]] not in lines[0]:
        return 0
    place, unit = lines[0].index(headers[AMOUNTS[table]]), 1 if vendor == "huakang-3" else 100
    half_width = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
    cells = [line[place].translate(half_width) for line in lines[1:]]
    return sum(int(Decimal(cell) * unit) for cell in cells if cell and cell[-1].isdigit())


def test_a_refused_delivery_comes_again_under_the_next_sequence(province: Path) -> None:
    faults = truth(province, "faults")
    rows = {(folder.parent.name, manifest["sequence"]): manifest for _, folder, manifest in deliveries(province)}
    refused = faults[faults["fate"] == "refused"]
    assert len(refused) == len(REFUSALS)
    for fault in refused.itertuples():
        bad, good = rows[fault.point_id, fault.sequence], rows[fault.point_id, fault.sequence + 1]
        assert (bad["kind"], bad["business_date"]) == (good["kind"], good["business_date"])
        assert [entry["table"] for entry in bad["files"]] == [entry["table"] for entry in good["files"]]


def test_corrections_move_visits_to_another_month(province: Path) -> None:
    months = set(truth(province, "encounter")["started_at"].str[:7])
    assert months >= {"2026-05", "2026-06"}


def test_planted_patients_visit_points_of_both_dialects(province: Path) -> None:
    canaries, persons = truth(province, "canaries"), truth(province, "person")
    dialects = {point.id: point.dialect for point in points_of(PLAN.points)}
    assert len(canaries) == 50
    for name in ("name", "certificate_number", "phone", "address", "card_number"):
        assert canaries[name].is_unique
        counted = persons[name].isin(canaries[name]).sum()
        assert counted == persons["certificate_number"].isin(canaries["certificate_number"]).sum() >= 80
    assert all({dialects[point] for point in points} == {"standard-1", "huakang-3"} for points in canaries["points"])


def test_the_default_province_is_as_large_as_the_seeds_say() -> None:
    assert counts(DEFAULT_POINTS) == {INTERNET: 29, HOSPITAL: 14, TOWNSHIP: 50}
    assert [point.id for point in points_of(DEFAULT_POINTS)][-1] == "P093"
    assert all(min(counts(points).values()) >= 1 for points in range(3, 120))
    vendors = [point.kind for point in points_of(DEFAULT_POINTS) if point.dialect == "huakang-3"]
    assert len(vendors) == 31
    assert set(vendors) == {INTERNET, HOSPITAL, TOWNSHIP}


def test_the_command_says_what_it_does(tmp_path: Path, province: Path) -> None:
    options = ["generate", "--seed", "3", "--points", "3", "--nights", "3", "--out", str(tmp_path / "copy")]
    shutil.copytree(province, tmp_path / "copy")
    again = CliRunner().invoke(command, options)
    assert (again.exit_code, "nothing to do" in again.output) == (0, True)
    shown = CliRunner().invoke(command, ["generate", "--help"])
    assert "--volume" in shown.output
    assert "canaries.parquet" in shown.output
