"""Which version of a key stands, against a telling of the same deliveries one after another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession

from jobs.merge.candidates import Full
from jobs.merge.resolve import decided_sql
from warehouse_models.registry import conformed_of

POINTS, KEYS, DELIVERIES = 40, 12, 6
FIRST_DAY = date(2026, 5, 28)
KINDS = ("increment", "increment", "increment", "correction", "deletion", "full", "full")
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


def test_the_versions_of_a_key_come_to_what_telling_them_in_turn_comes_to(
    spark: SparkSession, stories: list[Story]
) -> None:
    rows = [
        (
            *(story.point, key, hash((story.point, key)), each.day, f"{each.day:%Y-%m}", each.sequence),
            *(f"2026-06-20 {each.stamp:02d}:00:00", 0, each.kind, f"{each.sequence}", 1, each.content, "new"),
        )
        for story in stories
        for key, versions in story.keys.items()
        for each in versions
    ]
    random.Random(7).shuffle(rows)
    incoming = spark.createDataFrame(rows, COLUMNS.replace("timestamp_ntz", "string"))
    incoming = incoming.withColumn("updated_at", incoming["updated_at"].cast("timestamp_ntz"))
    fulls = [full for story in stories for full in story.fulls.values()]
    sql = decided_sql(conformed_of("encounter"), False, False, fulls, frozenset())
    decided = spark.sql(
        f"with incoming as (select * from {{rows}}) select * from ({sql}) where wins", rows=incoming, suspects=incoming
    ).collect()
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
    assert len(decided) == len(found)
    assert {text.split()[0] for text in expected.values()} == {"live", "deleted", "omitted"}
    assert {key: (found.get(key), text) for key, text in expected.items() if found.get(key) != text} == {}
