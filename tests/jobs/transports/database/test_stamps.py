"""Update stamps: typed columns, what each night takes, and the watermark."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobs import ledger
from jobs.province.exchange_points.front_end import front_end
from jobs.province.story import (
    registers,
    row,
    visit,
    write_delivery,
)
from jobs.shelves import watermark
from jobs.transports.connections import Connection
from jobs.transports.outbox import Past
from lakehouse.settings import Settings
from tests.jobs.transports.database.nights import (
    NIGHT,
    STAMPED,
    accounts,
    by_folder,
    declare,
    night,
    read,
    rows_of,
    session,
)
from warehouse_models import dialect, registry

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
    assert watermark(settings, [first, second]) == datetime.fromisoformat("2026-06-30 22:00:00")
    for file in (settings.landing / second.id).iterdir():  # As if it had never landed: reading goes back.
        file.unlink()
    (settings.landing / second.id).rmdir()
    (again,) = night(settings, place).landed
    assert (again.folder, again.manifest_sha256) == (second.folder, second.manifest_sha256)
    with read(settings, place, Past(NIGHT, (), datetime.fromisoformat("2026-07-01 00:30:00"))) as far:
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
    assert landed.extracted_at == landed.offered_at == datetime.fromisoformat("2026-07-01 11:59:59")
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
