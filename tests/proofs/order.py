"""Order does not matter: the same five deliveries, in each of their 120 orders, end in the same tables and accounts.

Every point is a clone of the others: same ids, same rows. Each gets the five deliveries of one story in an order of its
own, one a night. There are two stories, which differ in where the late increment stands in the sequence of making: the
newest delivery of all, or made before the correction and the deletion that came ahead of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any, TypeAlias

from pyspark.sql import SparkSession

from jobs import ledger
from jobs.hashes import row_hash
from jobs.lake import mart_path, table_path
from jobs.night import Engine, run_night
from jobs.province.samples import deletion_of, registers, row, visit
from jobs.province.story import Row, Rows, write_delivery, write_site
from lakehouse import keys
from lakehouse.settings import Settings
from warehouse_models import registry

DELIVERIES = ("increment", "repeat", "correction", "deletion", "late increment")
# Sequence of each delivery, by story.
STORIES: Mapping[str, Mapping[str, int]] = {
    "made last": dict(zip(DELIVERIES, (1, 1, 2, 3, 4), strict=True)),
    "made early": dict(zip(DELIVERIES, (1, 1, 3, 4, 2), strict=True)),
}
KINDS = dict(zip(DELIVERIES, ("increment", "increment", "correction", "deletion", "increment"), strict=True))
FIRST_NIGHT = date(2026, 6, 26)
VISITED, MOVED_TO = "2026-06-20", "2026-05-30"
STAMP, NEWER, OLDER = f"{VISITED} 18:00:00", "2026-06-23 08:00:00", f"{VISITED} 12:00:00"
# A digest, or an account, and how many points have it.
Kinds: TypeAlias = Counter[str]


@dataclass(frozen=True)
class Outcome:
    """What became of the clones of one story. tables: by table, digest of a point's rows -> points that have it; so too
    with everything that the merge keeps.   accounts: likewise, of all accounts of a point.   rows: by table, of a point.
    """

    tables: Mapping[str, Kinds]
    states: Mapping[str, Kinds]
    accounts: Kinds
    rows: Mapping[str, int]

    @property
    def differing(self) -> list[str]:
        """What is not the same at all points."""
        kinds = {**self.tables, **{f"{name}, as kept": each for name, each in self.states.items()}}
        return sorted(name for name, each in {**kinds, "accounts": self.accounts}.items() if len(each) != 1)


def orders(count: int) -> list[tuple[str, ...]]:
    """So many of the orders in which five deliveries may come, evenly chosen."""
    every = list(permutations(DELIVERIES))
    return [every[place * len(every) // count] for place in range(count)]


def story() -> dict[str, Rows]:
    """Rows of each delivery."""
    increment = _joined(registers(), *(_dated(visit(name, VISITED), STAMP) for name in ("V1", "V2", "V3", "V4")))
    increment["encounter"].append(increment["encounter"][2])  # A row that stands twice in its file.
    moved = _dated(visit("V1", MOVED_TO), NEWER)
    correction: Rows = {name: moved[name] for name in ("encounter", "charge_item")}
    correction["person"] = [row("person", updated_at=NEWER, address="玉树市结古街道民主路2号")]
    gone = visit("V2", VISITED)
    deleted: Rows = {name: gone[name][:1] for name in ("encounter_diagnosis", "charge_item")}
    deleted["encounter"] = visit("V3", VISITED)["encounter"]  # Its diagnosis and charges stay.
    return {
        "increment": increment,
        "repeat": increment,
        "correction": correction,
        "deletion": deletion_of(deleted, NEWER),
        "late increment": _late(),
    }


def _late() -> Rows:
    """Older versions of rows that were corrected, deleted or left alone, a newer one, and a visit nobody knew."""
    older = [_dated(visit(name, VISITED, channel_code="2"), OLDER) for name in ("V1", "V2", "V3")]
    newer = _dated(visit("V4", VISITED, has_process_record="0"), NEWER)
    known: Rows = {"person": [row("person", updated_at="2026-05-31 09:00:00", phone="13800000009")]}
    return _joined(known, *older, {"encounter": newer["encounter"]}, _dated(visit("V5", VISITED), OLDER))


def _dated(rows: Rows, stamp: str) -> Rows:
    return {name: [{**each, "updated_at": stamp} for each in listed] for name, listed in rows.items()}


def _joined(*parts: Rows) -> Rows:
    joined: dict[str, list[Row]] = {}
    for part in parts:
        for name, rows in part.items():
            joined.setdefault(name, []).extend(rows)
    return joined


def take_in_every_order(folder: Path, count: int, engine: Engine) -> dict[str, Outcome]:
    """Let points of both stories offer their deliveries in `count` orders; take five nights; say what became of them.

    engine: gives the Spark session, as for `run_night`. It is asked for once more at the end.
    """
    settings = Settings(home=folder / "home", site=folder / "site", keys=folder / "keys")
    points = {name: _offer(folder / "offers", place, name, count) for place, name in enumerate(STORIES)}
    write_site(settings.site, {point: "standard-1" for listed in points.values() for point in listed})
    keys.init(settings)
    for night in _nights():
        run_night(settings, night, night, engine=engine)
    with engine(settings) as spark:
        return {name: _outcome(spark, settings, listed) for name, listed in points.items()}


def _nights() -> list[date]:
    return [FIRST_NIGHT + timedelta(days=place) for place in range(len(DELIVERIES))]


def _offer(offers: Path, place: int, name: str, count: int) -> list[str]:
    """Write the deliveries of a story at `count` points; the k-th of each order is offered in the k-th night."""
    rows, points = story(), [f"P{place * count + number + 1:03d}" for number in range(count)]
    for point, order in zip(points, orders(count), strict=True):
        for night, delivery in zip(_nights(), order, strict=True):
            sequence = STORIES[name][delivery]
            write_delivery(
                offers / point,
                rows[delivery],
                sequence=sequence,
                business_date=f"2026-06-2{sequence}",
                kind=KINDS[delivery],
                offered_at=f"{night + timedelta(days=1)} 01:10:00",
                folder=delivery.replace(" ", "-"),
            )
    return points


def _outcome(spark: SparkSession, settings: Settings, points: Sequence[str]) -> Outcome:
    """Digests of each table and of the accounts, at each of the points."""
    tables, states, rows = dict[str, Kinds](), dict[str, Kinds](), dict[str, int]()
    for name, table in registry.conformed().items():
        path = table_path(settings, table)
        by_point = digests(spark, path, table.digest_columns, points, "not is_deleted")
        tables[name], rows[name] = _kinds(by_point, points), min(count for count, _ in by_point.values())
        stored = [column.name for column in table.stored_columns]
        states[name] = _kinds(digests(spark, path, stored, points), points)
    card = registry.marts()["quality.delivery_scorecard"]
    tables[card.name] = _kinds(digests(spark, mart_path(settings, card), card.digest_columns, points), points)
    accounts = {point: _accounts(settings, point) for point in points}
    return Outcome(tables, states, Counter(accounts.values()), rows)


def digests(
    spark: SparkSession, path: Path, columns: Sequence[str], points: Sequence[str], condition: str = "true"
) -> dict[str, tuple[int, str]]:
    """Rows of each point in a table, and their digest but for the name of the point."""
    kept = [name for name in columns if name != "point_id"]
    hashes = ", ".join(f"cast({row_hash(kept, seed)} as decimal(38,0)) as h{seed}" for seed in (0, 1))
    listed = ", ".join(f"'{point}'" for point in points)
    found = spark.sql(
        f"select point_id, count(*) as rows, sum(h0) as h0, sum(h1) as h1 from (select point_id, {hashes} from {{rows}}"
        f" where {condition} and point_id in ({listed})) group by point_id",
        rows=spark.read.format("delta").load(str(path)),
    ).collect()
    return {each.point_id: (each.rows, f"{each.h0}/{each.h1}") for each in found}


def _kinds(by_point: Mapping[str, tuple[int, str]], points: Sequence[str]) -> Kinds:
    return Counter("{0[0]} rows, {0[1]}".format(by_point.get(point, (0, ""))) for point in points)


def _accounts(settings: Settings, point: str) -> str:
    """All accounts of a point, as one text: of what, and what became of it."""
    found: list[dict[str, Any]] = ledger.ledger_json(settings, point=point)
    return "\n".join(sorted(json.dumps({**each, "point": ""}, sort_keys=True) for each in found))
