"""Order does not matter: the same five deliveries, in each of their 120 orders, end in the same tables and accounts.

Every point is a clone of the others: same ids, same rows. Each gets the five deliveries of one story in an order of its
own, one a night. There are three stories. Two differ in where the late increment stands in the sequence of making: the newest
delivery of all, or made before the correction and the deletion. In the third a full says what stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import permutations
from pathlib import Path

from jobs.night import Engine
from jobs.province.samples import deletion_of, registers, row, visit
from jobs.province.story import Row, Rows
from tests.proofs import stories
from tests.proofs.clones import Delivery, Outcome, Tellings, tell

FIVE = {
    "increment": "increment",
    "repeat": "increment",
    "correction": "correction",
    "deletion": "deletion",
    "late increment": "increment",
}
WITH_FULL = {
    "increment": "increment",
    "late increment": "increment",
    "correction": "correction",
    "full": "full",
    "next increment": "increment",
}
# What each delivery of a story is, and its sequence.
STORIES: Mapping[str, Mapping[str, tuple[str, int]]] = {
    "late increment made last": {
        name: (kind, at) for (name, kind), at in zip(FIVE.items(), (1, 1, 2, 3, 4), strict=True)
    },
    "late increment made early": {
        name: (kind, at) for (name, kind), at in zip(FIVE.items(), (1, 1, 3, 4, 2), strict=True)
    },
    "a full": {name: (kind, at + 1) for at, (name, kind) in enumerate(WITH_FULL.items())},
}
# Tables in which nothing stands in the end: the full says so.
EMPTIED: Mapping[str, Collection[str]] = {"a full": {"resources.drug_catalogue"}}
PERIOD = ("2026-05-01", "2026-05-31")
VISITED, MOVED_TO = "2026-06-20", "2026-05-30"
OLDER, STAMP = f"{VISITED} 12:00:00", f"{VISITED} 18:00:00"
NEWER, NEWEST = "2026-06-22 08:00:00", "2026-06-22 20:00:00"
RANDOM_NIGHTS = 4
STRIDE = 11


def orders(deliveries: Collection[str], count: int) -> list[tuple[str, ...]]:
    """So many of the orders in which deliveries may come. The stride has no factor in common with their number, so that
    all are met before one comes again, and a dozen begin and end with each delivery."""
    every = list(permutations(deliveries))
    return [every[place * STRIDE % len(every)] for place in range(count)]


def in_every_order(count: int) -> dict[str, Tellings]:
    """Each story in `count` orders, at a point each, one delivery a night."""
    told: dict[str, Tellings] = {}
    for place, (name, listed) in enumerate(STORIES.items()):
        deliveries = {each.name: each for each in story(name)}
        points = {f"P{place * count + at + 1:03d}": order for at, order in enumerate(orders(listed, count))}
        told[name] = {point: [[deliveries[each]] for each in order] for point, order in points.items()}
    return told


def take_at_random(folder: Path, count: int, times: int, seed: int, engine: Engine) -> dict[str, Outcome]:
    """Tell so many random stories so many times, each time in other nights; say what became of them."""
    told: dict[str, Tellings] = {}
    for place in range(count):
        deliveries = stories.story(seed + place)
        points = [f"P{place * times + time + 1:03d}" for time in range(times)]
        told[f"story {seed + place}"] = {
            point: stories.nights(f"{seed + place}-{point}", deliveries, RANDOM_NIGHTS) for point in points
        }
    return tell(folder, told, engine)


def story(name: str) -> list[Delivery]:
    """The five deliveries of a story."""
    rows = _full_rows() if "full" in STORIES[name] else _rows()
    return [
        Delivery(each, sequence, f"2026-06-2{sequence}", kind, rows[each], PERIOD if kind == "full" else None)
        for each, (kind, sequence) in STORIES[name].items()
    ]


def _rows() -> dict[str, Rows]:
    """Rows of each delivery; the repeat's are the increment's."""
    increment = _joined(registers(), *(_dated(visit(name, VISITED), STAMP) for name in ("V1", "V2", "V3", "V4")))
    increment["encounter"].append(increment["encounter"][2])  # A row that stands twice in its file.
    moved = _dated(visit("V1", MOVED_TO), NEWER)
    correction: Rows = {name: moved[name] for name in ("encounter", "charge_item")}
    correction["person"] = [row("person", updated_at=NEWER, address="玉树市结古街道民主路2号")]
    gone = visit("V2", VISITED)
    deleted: Rows = {name: gone[name][:1] for name in ("encounter_diagnosis", "charge_item")}
    deleted["encounter"] = visit("V3", VISITED)["encounter"]  # Its diagnosis and charges stay.
    deletion = deletion_of(deleted, NEWER)
    return dict(zip(FIVE, (increment, increment, correction, deletion, _late()), strict=True))


def _full_rows() -> dict[str, Rows]:
    """Rows of each delivery of the story with a full, which states the visits of May, and that there are no drugs.

    V1 has moved to June before, and stays there; V2 is in the full, and newer afterwards; V3 was in June all the time; V4
    is left out, though its charges stay; V5 comes afterwards."""
    in_may = [_dated(visit(name, MOVED_TO), STAMP) for name in ("V1", "V2", "V4")]
    increment = _joined(registers(), *in_may[:2], _dated(visit("V3", VISITED), STAMP))
    late = _joined(in_may[2], _dated({"encounter": visit("V2", MOVED_TO)["encounter"]}, OLDER))
    moved = _dated({"encounter": visit("V1", VISITED)["encounter"]}, NEWER)
    stated = _dated(
        {"encounter": visit("V2", MOVED_TO, has_process_record="0")["encounter"], "drug_catalogue": []}, NEWER
    )
    newest = _dated({"encounter": visit("V2", MOVED_TO, channel_code="2")["encounter"]}, NEWEST)
    after = _joined(newest, _dated(visit("V5", MOVED_TO), NEWEST))
    return dict(zip(WITH_FULL, (increment, late, moved, stated, after), strict=True))


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
