"""Batches: what lands is what a folder would have landed, out of one snapshot, in files, with few rows held."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tracemalloc
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import yaml

from jobs.landing.due import looks
from jobs.province.exchange_points.front_end import front_end
from jobs.province.exchange_points.postgres import serving
from jobs.province.story import (
    Lie,
    Twist,
    deletion_of,
    registers,
    repeat_delivery,
    row,
    visit,
    write_delivery,
)
from jobs.transports import connections
from jobs.transports.connections import Connection
from jobs.transports.database import engine, tables
from jobs.transports.outbox import Past
from lakehouse.settings import Settings
from tests.docs import pages as book
from tests.jobs.transports.database.nights import NIGHT, accounts, by_folder, declare, night, of, read, rows_of, session
from warehouse_models import registry


def write_all_kinds(folder: Path, vendor: str) -> None:
    """Every kind of delivery, cells with delimiters, quotes and line breaks, and what is repaired or set aside."""
    odd = row(
        "person", patient_id="P9", name=' 卓玛,"措"\n', address="结古\r镇；街道", certificate_number="bad", phone=None
    )
    people = [*registers()["person"], odd]
    write_delivery(folder, {**registers(), "person": people}, business_date="2026-06-29", vendor=vendor)
    twists = {"encounter": Twist(reordered=True)}
    write_delivery(folder, visit("V1"), sequence=2, vendor=vendor, twists=twists)
    write_delivery(
        folder, {"charge_item": [row("charge_item", amount="x")]}, sequence=3, kind="correction", vendor=vendor
    )
    write_delivery(folder, deletion_of(visit("V1")), sequence=4, kind="deletion", vendor=vendor)
    everything = {**{table: [] for table in registry.exchange()}, **registers(), **visit("V2")}
    everything["prescription_item"] = []
    period = ("2024-07-01", "2026-06-30")
    write_delivery(folder, everything, sequence=5, kind="full", period=period, vendor=vendor)


@pytest.mark.parametrize("vendor", ["standard-1", "huakang-3"])
def test_what_comes_from_a_database_is_what_a_folder_would_have_given(
    settings: Settings, place: Connection, tmp_path: Path, vendor: str
) -> None:
    folder = tmp_path / "offers" / "P001"
    write_all_kinds(folder, vendor)
    declare(settings, {"kind": "database", "connection": "p001", "schema": "p001", "batches": "batches"}, vendor)
    assert front_end(place, "p001", vendor).load(folder) == []
    far, near = night(settings, place).landed, by_folder(settings, tmp_path, vendor)
    assert [(each.sequence, each.kind, each.status) for each in far] == [
        (number, kind, "landed")
        for number, kind in enumerate(["increment", "increment", "correction", "deletion", "full"], 1)
    ]
    assert rows_of(settings.home, far) == rows_of(tmp_path / "by-folder", near)
    assert accounts(far) == accounts(near)
    for one, other in zip(far, near, strict=True):
        same = {"business_date", "sequence", "kind", "period", "extracted_at", "offered_at", "tables"}
        ours, theirs = one.model_dump(include=same), other.model_dump(include=same)
        if one.sequence == 2:  # Only files have an order of columns, and a repair of it.
            assert theirs["tables"]["encounter"].pop("repairs") != ()
            assert ours["tables"]["encounter"].pop("repairs") == ()
        assert ours == theirs
    assert far[1].name == "0002-20260701-011000"


def test_a_second_night_takes_nothing_and_leaves_nothing_of_the_pull(
    settings: Settings, place: Connection, tmp_path: Path
) -> None:
    write_all_kinds(tmp_path / "offers" / "P001", "standard-1")
    front_end(place, "p001", "standard-1").load(tmp_path / "offers" / "P001")
    assert len(night(settings, place).landed) == 5
    assert sorted(path.name for path in (settings.sealed / "P001").iterdir()) == sorted(
        f"{path.name}.sealed" for path in (settings.landing / "P001").iterdir()
    )
    assert night(settings, place).landed == []
    assert looks(settings)["P001"].why == ""


def test_a_batch_offered_again_is_a_repeat_and_one_of_tomorrow_waits(
    settings: Settings, place: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "offers" / "P001"
    first = write_delivery(folder, visit("V1"))
    repeat_delivery(first)
    manifest = json.loads((first / "manifest.json").read_text()) | {"offered_at": "2026-07-01 03:00:00"}
    (folder / "2026-06-30-0001-again" / "manifest.json").write_text(json.dumps(manifest))
    write_delivery(folder, visit("V2"), sequence=2, offered_at="2026-07-01 12:00:00")
    assert front_end(place, "p001", "standard-1").load(folder) == []
    told = [(each.sequence, each.status) for each in night(settings, place).landed]
    assert told == [(1, "landed"), (1, "repeated")]
    assert [each.sequence for each in night(settings, place, date(2026, 7, 1)).landed] == [2]


def test_the_loader_names_what_a_database_cannot_hold(place: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "offers" / "P001"
    twists = {
        "missing": Twist(missing="ended_at"),
        "byte": Twist(broken_byte=True),
        "long": Twist(long_rows=(0,)),
    }
    for number, (name, twist) in enumerate(twists.items(), 1):
        write_delivery(folder, visit("V1"), sequence=number, folder=name, twists={"encounter": twist})
    for number, lie in enumerate(Lie, 4):
        write_delivery(folder, visit("V1"), sequence=number, folder=str(lie), lie=lie)
    write_delivery(folder, {"encounter": [row("encounter", encounter_id="a\0b")]}, sequence=8, folder="nul")
    period = ("2024-07-01", "2026-06-30")
    write_delivery(folder, visit("V1"), sequence=9, folder="part", kind="full", period=period)
    write_delivery(folder, visit("V1"), sequence=10, folder="sound")
    write_delivery(folder, visit("V2"), sequence=10, folder="used")
    left_out = front_end(place, "p001", "standard-1").load(folder)
    assert sorted(left_out) == sorted([*twists, *map(str, Lie), "nul", "part", "used"])
    with session(place) as made:
        assert made.execute("select sequence from batches").fetchall() == [(10,)]


@pytest.mark.usefixtures("server")  # It may have to be installed first.
def test_a_server_leaves_nothing_behind() -> None:
    with serving() as owner:
        pass
    with closing(socket.socket()) as caller:
        assert caller.connect_ex((owner.host, owner.port or 0)) != 0


STARTS = """
import psycopg, time
from jobs.province.exchange_points.postgres import serving
with serving() as owner:
    where = dict(host=owner.host, port=owner.port, user=owner.login, password=owner.password, dbname=owner.schema)
    with psycopg.connect(**where) as session:
        print(*session.execute("show data_directory").fetchone(), flush=True)
        time.sleep(600)
"""


@pytest.mark.usefixtures("server")
def test_a_server_dies_with_the_process_that_started_it() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        data = Path(parent.stdout.readline().strip())
        postmaster = os.pidfd_open(int((data / "postmaster.pid").read_text().split()[0]))
        parent.kill()
    try:
        assert select.select([postmaster], [], [], 30)[0] == [postmaster]  # Readable once the process has ended.
    finally:
        os.close(postmaster)
        shutil.rmtree(data.parent)


def test_a_table_is_cut_into_files_which_can_be_read_in_any_order(
    settings: Settings, place: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "FILE_ROWS", 2)
    folder = tmp_path / "offers" / "P001"
    charges = [row("charge_item", charge_id=f"S{number}", amount=f"{number}.50") for number in range(5)]
    write_delivery(folder, {"charge_item": charges})
    front_end(place, "p001", "standard-1").load(folder)
    with read(settings, place, Past(NIGHT)) as far:
        (name,) = far.names()
        entries = of(far.manifest(name), "charge_item")
        assert [(each["name"], each["rows"], each["fen"]) for each in entries] == [
            ("charge_item-1.csv.gz", 2, 200),
            ("charge_item-2.csv.gz", 2, 600),
            ("charge_item-3.csv.gz", 1, 450),
        ]
        contents = {each: b"".join(far.chunks(name, each)) for each in sorted(far.files(name), reverse=True)}
        for each in entries:
            assert hashlib.sha256(contents[each["name"]]).hexdigest() == each["sha256"]
            assert len(contents[each["name"]]) == each["bytes"]
            assert b"".join(far.chunks(name, each["name"])) == contents[each["name"]]
        with pytest.raises(FileNotFoundError):
            next(far.chunks(name, "charge_item-4.csv.gz"))
    lines = gzip.decompress(contents["charge_item-3.csv.gz"]).decode().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["charge_id", "S4"]
    assert sum(table.landed.rows for table in night(settings, place).landed[0].tables.values()) == 5


def test_what_changes_after_the_manifest_is_not_seen(settings: Settings, place: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "offers" / "P001"
    write_delivery(folder, visit("V1"))
    front_end(place, "p001", "standard-1").load(folder)
    with read(settings, place, Past(NIGHT)) as far, session(place) as other:
        (name,) = far.names()
        first = of(far.manifest(name), "charge_item")
        other.execute("insert into charge_item select * from charge_item")
        other.execute("update charge_item set amount = '9999.00'")
        other.execute("delete from encounter")
        for entry in json.loads(far.manifest(name))["files"]:
            content = b"".join(far.chunks(name, entry["name"]))
            assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    with read(settings, place, Past(NIGHT)) as later:
        assert of(later.manifest(name), "charge_item")[0]["rows"] == 2 * first[0]["rows"]
        assert of(later.manifest(name), "encounter") == []


def test_no_more_than_some_rows_are_held(
    settings: Settings, place: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "FETCHED", 200)
    folder = tmp_path / "offers" / "P001"
    write_delivery(folder, {"charge_item": [row("charge_item")]})
    front_end(place, "p001", "standard-1").load(folder)
    with session(place) as made:
        made.execute(
            "insert into charge_item (row_number, batch_sequence, charge_id) "
            "select number, batch_sequence, repeat('x', 2000) || number from charge_item, generate_series(2, 6000) number"
        )
    with read(settings, place, Past(NIGHT)) as far:
        (name,) = far.names()
        tracemalloc.start()
        try:
            (entry,) = of(far.manifest(name), "charge_item")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        chunks = far.chunks(name, entry["name"])
        assert (next(chunks), next(chunks)) is not None
        cursors = far.database.snapshot.exec_driver_sql("select count(*) from pg_cursors").scalar_one()
        assert sum(map(len, chunks)) > 0
    assert (entry["rows"], cursors) == (6_000, 1)  # The server holds what has not been fetched.
    assert peak < 6_000_000 < 6_000 * 2_000


def test_the_page_that_tells_vendors_how_is_right(settings: Settings, place: Connection) -> None:
    page = book.HOW_TO / "connect-a-front-end-database.md"
    front_end(place, "p001", "standard-1")
    with session(place) as made:
        made.execute("drop table batches, encounter_diagnosis")
        (statements,) = book.blocks(page, "sql")
        made.execute(statements.encode())
    ((name, content),) = book.files(page).items()
    (settings.site / "points" / "P001.yaml").unlink()
    (settings.site / name).write_text(content.replace("schema: p095", "schema: p001"), encoding="utf-8")
    (landed,) = night(settings, place).landed
    assert (landed.point, landed.status, landed.name) == ("P095", "landed", "0001-20260701-011000")
    assert {table: each.landed.rows for table, each in landed.tables.items()} == {"encounter_diagnosis": 2}
    declared = connections.parsed("p095", yaml.safe_load(book.blocks(page, "yaml")[1])["p095"])
    assert engine.url(declared).render_as_string() == (
        "postgresql+psycopg://lakehouse:***@10.95.0.7:5432/front_end?sslmode=verify-full"
    )
