"""Front-end databases, against a real server: what lands is what a folder would have landed; whoever lies or breaks gets a
sentence, and nothing half-landed stays."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
import yaml

from jobs import ledger
from jobs.landing.due import looks
from jobs.landing.land import land_night
from jobs.landing.record import Landed
from jobs.province.exchange_points.front_end import FrontEnd, front_end
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
    write_site,
)
from jobs.shelves import watermark
from jobs.site import DatabaseTransport, load_points
from jobs.transports import outbox
from jobs.transports.connections import Connection
from jobs.transports.database import opened, tables
from jobs.transports.database.outbox import DatabaseOutbox
from jobs.transports.faults import FAULTS, Unreachable
from jobs.transports.outbox import Past
from lakehouse import keys
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings
from warehouse_models import dialect, registry

NIGHT = date(2026, 6, 30)
STAMPED = {"kind": "database", "connection": "p001", "updated": "changed_at"}


@pytest.fixture(scope="module")
def server() -> Iterator[Connection]:
    """One server for all tests; each has a database of its own."""
    with serving() as owner:
        yield owner


@pytest.fixture
def place(server: Connection, tmp_path: Path) -> Iterator[Connection]:
    """An empty database, which is gone after the test with whoever is still in it."""
    name = f"d{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    with session(server) as admin:
        admin.execute(f"create database {name}")
    yield replace(server, schema=name, extra={"timeout": 20})
    with session(server) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BACK_OFF", 0.001)
    monkeypatch.setattr(outbox, "SNAPSHOTS", 2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A site with one point, whose deliveries are batches in the schema p001."""
    made = Settings(home=tmp_path / "home", site=tmp_path / "site", keys=tmp_path / "keys")
    declare(made, {"kind": "database", "connection": "p001", "schema": "p001", "batches": "batches"})
    keys.init(made)
    return made


def declare(settings: Settings, transport: dict[str, Any], vendor: str = "standard-1") -> None:
    write_site(settings.site, {"P001": vendor})
    file = settings.site / "points" / "P001.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "transport": transport}, allow_unicode=True))


@contextmanager
def session(where: Connection) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        host=where.host,
        port=where.port,
        user=where.login,
        password=where.password,
        dbname=where.schema,
        options="-c search_path=p001,public",
        autocommit=True,
    ) as made:
        yield made


@dataclass
class Night:
    """A landed night: what came, and what was said on the way."""

    landed: list[Landed]
    said: list[str]


def night(settings: Settings, connection: Connection, day: date = NIGHT) -> Night:
    said: list[str] = []
    landed = land_night(settings, day, day, None, lambda *told: said.append(told[2]), 0, lambda _: connection)
    return Night(landed, said)


def by_folder(settings: Settings, tmp_path: Path, vendor: str = "standard-1") -> list[Landed]:
    """The same deliveries landed from their folder, into the home `by-folder`."""
    near = replace(settings, home=tmp_path / "by-folder", site=tmp_path / "site-by-folder")
    write_site(near.site, {"P001": vendor})
    return land_night(near, NIGHT, NIGHT, workers=0)


def rows_of(home: Path, landed: list[Landed]) -> dict[tuple[int | None, str], Any]:
    return {
        (each.sequence, table): pq.read_table(home / "landing" / each.id / f"{table}.parquet").drop_columns("delivery")
        for each in landed
        if each.status == "landed"
        for table in each.tables
    }


def accounts(landed: list[Landed]) -> list[dict[str, Any]]:
    posted = ledger.landing_postings([each.model_dump(mode="json") for each in landed]).to_pylist()
    return sorted(({**each, "delivery": ""} for each in posted), key=str)


def nothing_landed(settings: Settings) -> bool:
    return not [path for place in (settings.landing, settings.sealed) for path in place.rglob("*") if path.is_file()]


def read(settings: Settings, connection: Connection, past: Past) -> Any:
    """The point's outbox."""
    (point,) = load_points(settings)
    assert isinstance(point.transport, DatabaseTransport)
    return opened(point, point.transport, connection, past)


def of(manifest: bytes, table: str) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(manifest)["files"] if entry["table"] == table]


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
    everything = {**dict.fromkeys(registry.exchange(), []), **registers(), **visit("V2")}
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
            assert theirs["tables"]["encounter"].pop("repairs") and not ours["tables"]["encounter"].pop("repairs")
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


def test_a_server_leaves_nothing_behind() -> None:
    with serving() as owner:
        pass
    with closing(socket.socket()) as caller:
        assert caller.connect_ex((owner.host, owner.port or 0)) != 0


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


TYPES = {"integer": "integer", "quantity": "numeric(18,4)", "money": "numeric(18,2)", "date": "date", "flag": "boolean"}


def make_typed(
    place: Connection, stamp: str = "timestamp", time: str = "timestamp", vendor: str = "standard-1"
) -> None:
    """Empty tables with typed columns and a column `changed_at`, of the schema that a login has by itself."""
    with session(place) as made:
        for table in registry.exchange().values():
            headers = dialect.load(vendor).headers(table)
            types = {**TYPES, "time": time}
            cells = ", ".join(f'"{headers[each.name]}" {types.get(each.type, "text")}' for each in table.columns)
            made.execute(f'create table "{dialect.load(vendor).file(table)}" ({cells}, changed_at {stamp})')


def put(place: Connection, rows: dict[str, Any], changed_at: str | None) -> None:
    with session(place) as made:
        for table, given in rows.items():
            for each in given:
                cells = {name: cell for name, cell in each.items() if cell is not None} | {"changed_at": changed_at}
                made.execute(
                    f"insert into {table} ({', '.join(cells)}) values ({', '.join(['%s'] * len(cells))})".encode(),
                    list(cells.values()),
                )


def sorted_rows(table: Any) -> list[dict[str, Any]]:
    """Rows without their order; a price has no decimals that say nothing."""
    rows = table.drop_columns("row_number").to_pylist()
    prices = [{"unit_price": Decimal(each["unit_price"])} if each.get("unit_price") else {} for each in rows]
    return sorted(({**each, **price} for each, price in zip(rows, prices, strict=True)), key=str)


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz"])
def test_typed_columns_are_written_in_the_formats_of_the_dialect(
    settings: Settings, place: Connection, tmp_path: Path, kind: str
) -> None:
    given = {**registers(), **visit("V1")}
    write_delivery(tmp_path / "offers" / "P001", given)
    declare(settings, STAMPED)
    make_typed(place, stamp=kind, time=kind)
    with session(place) as made:
        made.execute(f"alter role {place.login} set timezone = 'Asia/Shanghai'")
    put(place, given, "2026-06-30 23:00:00")
    (far,), (near,) = night(settings, place).landed, by_folder(settings, tmp_path)
    assert (far.status, far.name, far.business_date) == ("landed", "0001-20260630-230000", NIGHT)
    ours, theirs = rows_of(settings.home, [far]), rows_of(tmp_path / "by-folder", [near])
    assert set(ours) == set(theirs)
    assert len(ours) == 10
    for name in ours:
        assert sorted_rows(ours[name]) == sorted_rows(theirs[name])
    assert accounts([far]) == accounts([near])


def test_money_that_is_none_adds_nothing_to_the_sum_of_the_database(settings: Settings, place: Connection) -> None:
    declare(settings, STAMPED)
    make_typed(place)
    with session(place) as made:
        made.execute("alter table charge_item alter amount type numeric")
        made.execute("alter table prescription alter amount type double precision")
    amounts = ["1.005", "2.50", "-0.5", "NaN", "10000000000000"]
    charges = [row("charge_item", charge_id=f"S{number}", amount=amount) for number, amount in enumerate(amounts)]
    put(place, {"charge_item": charges, "prescription": [row("prescription", amount="0.1")]}, "2026-06-30 23:00:00")
    (landed,) = night(settings, place).landed
    assert landed.status == "landed"
    assert (landed.tables["charge_item"].declared.fen, landed.tables["charge_item"].unpriced) == (200, 3)
    assert landed.tables["prescription"].declared.fen == 10


def test_the_watermark_moves_when_the_night_is_published_and_no_row_is_read_twice(
    settings: Settings, place: Connection
) -> None:
    declare(settings, STAMPED)
    make_typed(place)
    put(place, visit("V1"), "2026-06-30 22:00:00")
    (first,) = night(settings, place).landed
    assert night(settings, place).landed == []
    put(place, visit("V2"), "2026-07-01 00:30:00")
    (second,) = night(settings, place).landed
    assert [(each.sequence, each.business_date) for each in (first, second)] == [(1, NIGHT), (2, NIGHT)]
    assert [row["encounter_id"] for row in rows_of(settings.home, [second])[2, "encounter"].to_pylist()] == ["V2"]
    assert watermark(settings, [first, second]) is None
    batch = ledger.open_batch(settings, NIGHT, [first.id], {})
    assert watermark(settings, [first, second]) is None
    ledger.finish(settings, batch)
    assert watermark(settings, [first, second]) == datetime(2026, 6, 30, 22)
    for file in (settings.landing / second.id).iterdir():  # As if it had never landed: reading goes back.
        file.unlink()
    (settings.landing / second.id).rmdir()
    (again,) = night(settings, place).landed
    assert (again.folder, again.manifest_sha256) == (second.folder, second.manifest_sha256)
    with read(settings, place, Past(NIGHT, (), datetime(2026, 7, 1, 0, 30))) as far:
        assert far.names() == []


def test_a_refused_delivery_moves_nothing_and_comes_anew_once_the_source_changes(
    settings: Settings, place: Connection
) -> None:
    declare(settings, STAMPED)
    make_typed(place)
    put(place, {"person": [row("person", address="\ufffd")]}, "2026-06-30 22:00:00")
    (refused,) = night(settings, place).landed
    assert ([reason.code for reason in refused.reasons], refused.sequence) == (["DEC-REPLACEMENT"], 1)
    ledger.finish(settings, ledger.open_batch(settings, NIGHT, [refused.id], {}))
    assert watermark(settings, [refused]) is None
    assert night(settings, place).landed == []
    put(place, visit("V1"), "2026-06-30 23:00:00")
    with session(place) as made:
        made.execute("update person set address = '结古镇', changed_at = '2026-06-30 22:30:00'")
    (mended,) = night(settings, place).landed
    assert (mended.status, mended.sequence, mended.tables["person"].landed.rows) == ("landed", 1, 1)
    assert mended.tables["encounter"].landed.rows == 1


def test_what_changed_after_the_cut_off_is_left_to_the_next_night(settings: Settings, place: Connection) -> None:
    declare(settings, STAMPED)
    make_typed(place)
    put(place, visit("V1"), "2026-07-01 11:59:58.5")
    put(place, visit("V2"), "2026-07-01 12:00:00")
    (landed,) = night(settings, place).landed
    assert landed.extracted_at == landed.offered_at == datetime(2026, 7, 1, 11, 59, 59)
    assert landed.tables["encounter"].landed.rows == 1
    (landed,) = night(settings, place, date(2026, 7, 1)).landed
    assert (landed.sequence, landed.business_date, landed.tables["encounter"].landed.rows) == (2, date(2026, 7, 1), 1)


def test_stamps_may_be_text_in_the_format_of_the_dialect(settings: Settings, place: Connection, tmp_path: Path) -> None:
    declare(settings, {**STAMPED, "schema": "p001", "updated": "YWBBSJ"}, "huakang-3")
    write_delivery(tmp_path / "offers" / "P001", {**registers(), **visit("V1")}, vendor="huakang-3")
    front_end(place, "p001", "huakang-3").load(tmp_path / "offers" / "P001")
    (landed,) = night(settings, place).landed
    (near,) = by_folder(settings, tmp_path, "huakang-3")
    assert landed.status == "landed"
    assert {name: each.landed for name, each in landed.tables.items()} == {
        name: each.landed for name, each in near.tables.items()
    }
    with session(place) as made:
        made.execute("""update "JZJL" set "YWBBSJ" = '-'""")
    assert night(settings, place).said[0].startswith("P001 cannot be reached: PULL-ANSWER")


@pytest.fixture
def loaded(settings: Settings, place: Connection, tmp_path: Path) -> Connection:
    """A database with two batches."""
    folder = tmp_path / "offers" / "P001"
    write_delivery(folder, registers(), business_date="2026-06-29")
    write_delivery(folder, visit("V1"), sequence=2)
    front_end(place, "p001", "standard-1").load(folder)
    return place


def closed_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


ELSEWHERE: dict[str, Callable[[Connection], Connection]] = {
    "PULL-NAME": lambda place: replace(place, host="no-such-host.invalid"),
    "PULL-REFUSED": lambda place: replace(place, port=closed_port()),
    "PULL-LOGIN": lambda place: replace(place, password="quite-wrong-4711"),
    "PULL-DATABASE": lambda place: replace(place, schema="nowhere"),
    "PULL-DRIVER": lambda place: replace(place, kind="kingbase"),
    "PULL-SETTINGS": lambda place: replace(place, extra={"sslmode": "nonsense"}),
}
CHANGES = {
    "PULL-TABLE": ["drop table charge_item"],
    "PULL-COLUMN": ["alter table charge_item drop column amount"],
    "PULL-RIGHTS": ["create role {0} login password 'reader'", "grant usage on schema p001 to {0}"],
    "PULL-BUSY": ["create role {0} login password 'reader' connection limit 0"],
    "PULL-ANSWER": ["alter table charge_item alter amount type bytea using amount::bytea"],
    "PULL-STATEMENT": [
        "alter table charge_item rename to kept",
        "create view charge_item as select * from kept where 1 / (row_number - row_number) = 1",
    ],
    "PULL-COUNT": [
        "alter table charge_item rename to kept",
        "select set_config('a.n', '0', false)",
        "create view charge_item as select * from kept where "
        "set_config('a.n', (coalesce(nullif(current_setting('a.n', true), ''), '0')::int + 1)::text, true)::int <= 2",
    ],
}


def is_told(settings: Settings, connection: Connection, code: str) -> None:
    """The night says the one sentence, without a secret, and takes nothing."""
    done = night(settings, connection)
    assert len(done.said) == 1
    assert done.said[0].startswith(f"P001 cannot be reached: {code}: {FAULTS[code].says} (")
    assert looks(settings)["P001"].code == code
    assert connection.password not in done.said[0]
    assert done.landed == []
    assert nothing_landed(settings)


@pytest.mark.parametrize("code", ELSEWHERE)
def test_who_cannot_connect_is_told_why(settings: Settings, loaded: Connection, code: str) -> None:
    is_told(settings, ELSEWHERE[code](loaded), code)


@pytest.mark.parametrize("code", CHANGES)
def test_what_a_database_lacks_is_named(settings: Settings, loaded: Connection, code: str) -> None:
    reader = f"reader_{loaded.schema}"
    with session(loaded) as made:
        made.execute("delete from batches where sequence = 1")
        for statement in CHANGES[code]:
            made.execute(statement.format(reader).encode())
    is_reader = "role" in CHANGES[code][0]
    is_told(settings, replace(loaded, login=reader, password="reader") if is_reader else loaded, code)


@pytest.mark.parametrize(
    ("said", "code"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "PULL-PROTOCOL"), (b"", "PULL-SILENT")]
)
def test_a_port_where_no_database_answers(settings: Settings, loaded: Connection, said: bytes, code: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        held: list[socket.socket] = []

        def answer() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                held.append(caller)
                if said:
                    caller.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        try:
            is_told(settings, replace(loaded, port=port, extra={"connect_timeout": 2}), code)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in held:
                each.close()


def test_a_query_that_takes_too_long_is_given_up(settings: Settings, loaded: Connection) -> None:
    with session(loaded) as other, other.transaction():
        other.execute("lock table encounter in access exclusive mode")
        is_told(settings, replace(loaded, extra={"timeout": 0.3}), "PULL-SILENT")


def test_a_server_that_hangs_is_given_up(settings: Settings, loaded: Connection) -> None:
    with read(settings, replace(loaded, extra={"timeout": 0.5}), Past(NIGHT)) as far:
        far.names()
        pid = far.database.snapshot.exec_driver_sql("select pg_backend_pid()").scalar_one()
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unreachable) as error:
                far.manifest(far.names()[0])
        finally:
            os.kill(pid, signal.SIGCONT)
    assert error.value.code == "PULL-SILENT"


def cutting(monkeypatch: pytest.MonkeyPatch, place: Connection, times: int) -> list[str]:
    """Let the server end the session between manifest and files of the second delivery, so many times."""
    cut: list[str] = []
    whole = DatabaseOutbox.files

    def files(far: DatabaseOutbox, name: str) -> list[str]:
        if name.startswith("0002") and len(cut) < times:
            cut.append(name)
            with session(place) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where xact_start is not null "
                    "and pid <> pg_backend_pid() and datname = current_database()"
                )
        return whole(far, name)

    monkeypatch.setattr(DatabaseOutbox, "files", files)
    return cut


def test_a_snapshot_that_breaks_is_begun_anew(
    settings: Settings, loaded: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = cutting(monkeypatch, loaded, 1)
    assert [each.sequence for each in night(settings, loaded).landed] == [1, 2]
    assert len(cut) == 1


def test_a_snapshot_that_breaks_each_time_leaves_nothing_but_what_the_next_night_clears_up(
    settings: Settings, loaded: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = cutting(monkeypatch, loaded, 2)
    is_told(settings, loaded, "PULL-CUT")
    assert len(cut) == 2
    assert [each.sequence for each in night(settings, loaded).landed] == [1, 2]


@pytest.mark.parametrize("mode", [{}, {"batches": "batches", "updated": "changed_at"}])
def test_a_transport_has_one_of_the_two_modes(settings: Settings, mode: dict[str, str]) -> None:
    declare(settings, {"kind": "database", "connection": "p001", **mode})
    with pytest.raises(LakehouseError, match="either `batches`, a table, or `updated`, a column"):
        load_points(settings)


@pytest.mark.parametrize(
    ("cell", "told"), [("'0x2'", "sequence"), ("'2'", "stands there twice"), (None, "without a stamp")]
)
def test_a_list_or_stamp_that_says_nothing_is_named(
    settings: Settings, loaded: Connection, cell: str | None, told: str
) -> None:
    with session(loaded) as made:
        if cell is None:
            declare(settings, {"kind": "database", "connection": "p001", "schema": "p001", "updated": "updated_at"})
            made.execute("update person set updated_at = null")
        made.execute("alter table batches alter sequence type text")
        made.execute(
            f"insert into batches select {cell or 'null'}, business_date, 'full', period_from, period_to, "
            "extracted_at, offered_at from batches where sequence = '2'".encode()
        )
    assert told in night(settings, loaded).said[0]
    assert looks(settings)["P001"].code == "PULL-ANSWER"
