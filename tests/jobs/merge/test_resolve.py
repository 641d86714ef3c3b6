"""Which version of a key stands, against a telling of the same deliveries one after another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from jobs.merge.candidates import Full
from jobs.merge.resolve import decided_sql
from warehouse_models.registry import conformed_of

POINTS, KEYS, DELIVERIES = 40, 12, 6
FIRST_DAY = date(2026, 5, 28)
KINDS = ("increment", "increment", "increment", "correction", "deletion", "full", "full")
EXISTING = (
    "point_id string, encounter_id string, key_hash long, event_on date, month string, sequence int, stamp timestamp_ntz,"
    " fen long, fence int, is_deleted boolean"
)
COLUMNS = (
    "point_id string, encounter_id string, key_hash long, event_on date, month string, sequence int, updated_at timestamp_ntz,"
    " fen long, kind string, delivery string, row_number long, content_hash long, state string"
)


@dataclass(frozen=True)
class Version:
    """A row as a delivery brings it. stamp: hour of its business stamp.   content: decides where stamps are the same."""

    sequence: int
    kind: str
    stamp: int
    day: date
    content: int


@dataclass(frozen=True)
class Story:
    """A point: what kind each delivery is, its fulls, and the versions of each key."""

    point: str
    kinds: Sequence[str]
    fulls: dict[int, Full]
    keys: dict[str, list[Version]]


def told(seed: int) -> Story:
    draw = random.Random(seed)
    point, kinds = f"P{seed:03d}", [draw.choice(KINDS) for _ in range(DELIVERIES)]
    days = [FIRST_DAY + timedelta(days=place) for place in range(8)]
    fulls = {
        at: Full(point, at, *sorted(draw.choices(days, k=2))) for at, kind in enumerate(kinds, 1) if kind == "full"
    }
    keys = {
        f"V{key}": [
            Version(at, kind, draw.randrange(4), draw.choice(days), draw.randrange(1 << 40))
            for at, kind in enumerate(kinds, 1)
            if draw.random() < 0.6
        ]
        for key in range(KEYS)
    }
    return Story(point, kinds, fulls, keys)


def standing(story: Story, versions: Sequence[Version]) -> str:
    """What stands after the deliveries came in the order in which they were made: what it is, and of which sequence."""
    known: list[tuple[int, int, int, str, date]] = []
    fence = 0
    for at, kind in enumerate(story.kinds, 1):
        brought = [each for each in versions if each.sequence == at]
        best = max((each for each in known if each[1] >= fence), default=None)
        if brought and kind != "increment":
            fence = at
        if not brought and kind == "full" and best and best[3] == "live":
            full = story.fulls[at]
            if full.begin <= best[4] <= full.end:
                fence = at
                known.append((-1, at, 0, "omitted", best[4]))
        known += [
            (each.stamp, at, each.content, "deleted" if kind == "deletion" else "live", each.day) for each in brought
        ]
    best = max(each for each in known if each[1] >= fence)
    return f"{best[3]} {best[1]} {best[4]:%Y-%m} fence {fence}"


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    return [told(seed) for seed in range(POINTS)]


def rows_of(stories: Sequence[Story], early: dict[str, set[int]]) -> list[tuple[Any, ...]]:
    """Candidates of all keys in no order; versions of early deliveries were merged before."""
    rows = [
        (
            *(story.point, key, hash((story.point, key)), each.day, f"{each.day:%Y-%m}", each.sequence),
            *(f"2026-06-20 {each.stamp:02d}:00:00", 0, each.kind, f"{each.sequence}", 1, each.content),
            "replay" if each.sequence in early[story.point] else "new",
        )
        for story in stories
        for key, versions in story.keys.items()
        for each in versions
    ]
    random.Random(7).shuffle(rows)
    return rows


def winners(
    spark: SparkSession,
    rows: list[tuple[Any, ...]],
    stories: Sequence[Story],
    fulls: list[Full],
    stored: list[Row] | None,
) -> list[Row]:
    """What the code under test decides. stored: the winners of an earlier time; every point is told again then."""
    incoming = spark.createDataFrame(rows, COLUMNS.replace("timestamp_ntz", "string"))
    frames = {
        "rows": incoming.withColumn("updated_at", incoming["updated_at"].cast("timestamp_ntz")),
        "suspects": incoming,
    }
    if stored is not None:
        frames["existing"] = spark.createDataFrame(
            [
                (
                    *(row.point_id, row.encounter_id, row.key_hash, row.event_on, row.month, row.sequence, row.stamp),
                    *(0, row.key_fence, row.kind == "deletion"),
                )
                for row in stored
            ],
            EXISTING,
        )
    retold = frozenset(story.point for story in stories) if stored is not None else frozenset[str]()
    sql = decided_sql(conformed_of("encounter"), stored is not None, False, fulls, retold)
    return spark.sql(f"with incoming as (select * from {{rows}}) select * from ({sql}) where wins", **frames).collect()


def compared(decided: list[Row], stories: Sequence[Story]) -> dict[tuple[str, str], tuple[str | None, str]]:
    """Keys of which something else stands than the telling says: what stands, and what should."""
    kinds = {"omitted": "omitted", "deletion": "deleted"}
    found = {
        (row.point_id, row.encounter_id): f"{kinds.get(row.state) or kinds.get(row.kind, 'live')} {row.sequence}"
        f" {row.month} fence {row.key_fence}"
        for row in decided
    }
    expected = {
        (story.point, key): standing(story, versions)
        for story in stories
        for key, versions in story.keys.items()
        if versions
    }
    assert len(decided) == len(found) == len(expected)
    assert {text.split()[0] for text in expected.values()} == {"live", "deleted", "omitted"}
    return {key: (found.get(key), text) for key, text in expected.items() if found.get(key) != text}


def test_the_versions_of_a_key_come_to_what_telling_them_in_turn_comes_to(
    spark: SparkSession, stories: list[Story]
) -> None:
    fulls = [full for story in stories for full in story.fulls.values()]
    rows = rows_of(stories, {story.point: set() for story in stories})
    assert compared(winners(spark, rows, stories, fulls, None), stories) == {}


def test_versions_that_come_later_come_to_the_same(spark: SparkSession, stories: list[Story]) -> None:
    """Some deliveries are merged first, in what order they were made does not matter; then the point is told again."""
    draw = random.Random(11)
    early = {story.point: {at for at in range(1, DELIVERIES + 1) if draw.random() < 0.5} for story in stories}
    rows = rows_of(stories, early)
    known = [full for story in stories for at, full in story.fulls.items() if at in early[story.point]]
    stored = winners(spark, [row for row in rows if row[-1] == "replay"], stories, known, None)
    assert {row.state for row in stored} == {"replay", "omitted"}
    fulls = [full for story in stories for full in story.fulls.values()]
    assert compared(winners(spark, rows, stories, fulls, stored), stories) == {}
