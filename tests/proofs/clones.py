"""Points that are clones of each other: the same deliveries, told to each in another order, must come to the same.

They do not speak one dialect: of each three points, the first writes the standard's CSV, the second a vendor's, the third
the provincial interface's JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from pyspark.sql import SparkSession

from jobs import ledger
from jobs.hashes import row_hash
from jobs.lake import mart_path, table_path
from jobs.night import Engine, run_night
from jobs.province.story import Rows, write_delivery, write_site
from lakehouse import keys
from lakehouse.settings import Settings
from warehouse_models import registry

DIALECTS = ("standard-1", "huakang-3", "province-1")
FIRST_NIGHT = date(2026, 6, 26)
# A digest, or an account, and how many points have it.
Kinds: TypeAlias = Counter[str]


@dataclass(frozen=True)
class Delivery:
    """What a point delivers, whenever it offers it. period: of a full."""

    name: str
    sequence: int
    business_date: str
    kind: str
    rows: Rows
    period: tuple[str, str] | None = None


# Point -> its deliveries, night by night.
Tellings: TypeAlias = Mapping[str, Sequence[Sequence[Delivery]]]


@dataclass(frozen=True)
class Outcome:
    """What became of clones. tables: by table, digest of a point's rows -> points that have it; kept: so too with
    tombstones and everything that the merge keeps.   accounts: likewise, of all accounts of a point.   rows: by table, of
    the point that has the fewest.
    """

    tables: Mapping[str, Kinds]
    kept: Mapping[str, Kinds]
    accounts: Kinds
    rows: Mapping[str, int]

    @property
    def differing(self) -> list[str]:
        """What is not the same at all points."""
        kinds = {**self.tables, **{f"{name}, as kept": each for name, each in self.kept.items()}}
        return sorted(name for name, each in {**kinds, "accounts": self.accounts}.items() if len(each) != 1)


def tell(folder: Path, stories: Mapping[str, Tellings], engine: Engine) -> dict[str, Outcome]:
    """Let the points of each story offer their deliveries, take the nights, and say what became of each story.

    engine: gives the Spark session, as for `run_night`. It is asked for once more at the end.
    """
    settings = Settings(home=folder / "home", site=folder / "site", keys=folder / "keys")
    vendors = {
        point: DIALECTS[place % len(DIALECTS)] for tellings in stories.values() for place, point in enumerate(tellings)
    }
    write_site(settings.site, vendors)
    keys.init(settings)
    last = FIRST_NIGHT
    for tellings in stories.values():
        for point, nights in tellings.items():
            for place, deliveries in enumerate(nights):
                last = max(last, night := FIRST_NIGHT + timedelta(days=place))
                for delivery in deliveries:
                    _offer(folder / "offers" / point, vendors[point], delivery, night)
    for place in range((last - FIRST_NIGHT).days + 1):
        night = FIRST_NIGHT + timedelta(days=place)
        run_night(settings, night, night, engine=engine)
    with engine(settings) as spark:
        return _outcomes(spark, settings, stories)


def _offer(outbox: Path, vendor: str, delivery: Delivery, night: date) -> None:
    """Write a delivery, offered in the morning after a night's business date."""
    write_delivery(
        outbox,
        delivery.rows,
        sequence=delivery.sequence,
        business_date=delivery.business_date,
        kind=delivery.kind,
        vendor=vendor,
        period=delivery.period,
        offered_at=f"{night + timedelta(days=1)} 01:10:00",
        folder=delivery.name,
    )


def _outcomes(spark: SparkSession, settings: Settings, stories: Mapping[str, Tellings]) -> dict[str, Outcome]:
    """Digests of each table, and the accounts, compared among the points of each story."""
    live, kept = dict[str, dict[str, str]](), dict[str, dict[str, str]]()
    for name, table in registry.conformed().items():
        path = table_path(settings, table)
        live[name] = digests(spark, path, table.digest_columns, "not is_deleted")
        kept[name] = digests(spark, path, [column.name for column in table.stored_columns])
    card = registry.marts()["quality.delivery_scorecard"]
    live[card.name] = digests(spark, mart_path(settings, card), card.digest_columns)
    accounts = _accounts(settings)
    return {
        story: Outcome(
            {name: _kinds(found, points) for name, found in live.items()},
            {name: _kinds(found, points) for name, found in kept.items()},
            Counter(accounts[point] for point in points),
            {name: min(int(found.get(point, "0 ").split()[0]) for point in points) for name, found in live.items()},
        )
        for story, points in stories.items()
    }


def digests(spark: SparkSession, path: Path, columns: Sequence[str], condition: str = "true") -> dict[str, str]:
    """How many rows each point has in a table, and their digest but for the name of the point."""
    named = [name for name in columns if name != "point_id"]
    hashes = ", ".join(f"cast({row_hash(named, seed)} as decimal(38,0)) as h{seed}" for seed in (0, 1))
    found = spark.sql(
        f"select point_id, concat_ws(' ', count(*), sum(h0), sum(h1)) as digest from (select point_id, {hashes}"
        f" from {{rows}} where {condition}) group by point_id",
        rows=spark.read.format("delta").load(str(path)),
    ).collect()
    return {each.point_id: each.digest for each in found}


def _kinds(by_point: Mapping[str, str], points: Tellings) -> Kinds:
    return Counter(by_point.get(point, "0 ") for point in points)


def _accounts(settings: Settings) -> dict[str, str]:
    """All accounts of each point, as one text: of what, and what became of it."""
    found: dict[str, list[str]] = {}
    entries: list[dict[str, Any]] = ledger.ledger_json(settings)
    for each in entries:
        found.setdefault(each["point"], []).append(json.dumps({**each, "point": ""}, sort_keys=True))
    return {point: "\n".join(sorted(texts)) for point, texts in found.items()}
