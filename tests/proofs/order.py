"""Order does not matter: the same five deliveries, in each of their 120 orders, end in the same tables and accounts.

Every point is a clone of the others: same ids, same rows. Each gets the five deliveries of one story in an order of its
own, one a night. There are two stories, which differ in where the late increment stands in the sequence of making: the
newest delivery of all, or made before the correction and the deletion.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

from jobs.night import Engine
from jobs.province.samples import deletion_of, registers, row, visit
from jobs.province.story import Row, Rows
from tests.proofs import stories
from tests.proofs.clones import Delivery, Outcome, Tellings, tell

DELIVERIES = ("increment", "repeat", "correction", "deletion", "late increment")
KINDS = dict(zip(DELIVERIES, ("increment", "increment", "correction", "deletion", "increment"), strict=True))
# Sequence of each delivery, by story.
STORIES: Mapping[str, Mapping[str, int]] = {
    "made last": dict(zip(DELIVERIES, (1, 1, 2, 3, 4), strict=True)),
    "made early": dict(zip(DELIVERIES, (1, 1, 3, 4, 2), strict=True)),
}
VISITED, MOVED_TO = "2026-06-20", "2026-05-30"
STAMP, NEWER, OLDER = f"{VISITED} 18:00:00", "2026-06-23 08:00:00", f"{VISITED} 12:00:00"
RANDOM_NIGHTS = 4


def orders(count: int) -> list[tuple[str, ...]]:
    """So many of the orders in which five deliveries may come, evenly chosen."""
    every = list(permutations(DELIVERIES))
    return [every[place * len(every) // count] for place in range(count)]


def take_in_every_order(folder: Path, count: int, engine: Engine) -> dict[str, Outcome]:
    """Tell both stories in `count` orders, at a point each, one delivery a night; say what became of them."""
    told: dict[str, Tellings] = {}
    for place, (name, sequences) in enumerate(STORIES.items()):
        deliveries = story(sequences)
        tellings = {f"P{place * count + at + 1:03d}": order for at, order in enumerate(orders(count))}
        told[name] = {point: [[deliveries[each]] for each in order] for point, order in tellings.items()}
    return tell(folder, told, engine)


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


def story(sequences: Mapping[str, int]) -> dict[str, Delivery]:
    """The five deliveries, by what each is."""
    return {
        name: Delivery(name.replace(" ", "-"), sequence, f"2026-06-2{sequence}", KINDS[name], rows)
        for (name, sequence), rows in zip(sequences.items(), _rows(), strict=True)
    }


def _rows() -> tuple[Rows, Rows, Rows, Rows, Rows]:
    """Rows of each delivery, in the order of DELIVERIES."""
    increment = _joined(registers(), *(_dated(visit(name, VISITED), STAMP) for name in ("V1", "V2", "V3", "V4")))
    increment["encounter"].append(increment["encounter"][2])  # A row that stands twice in its file.
    moved = _dated(visit("V1", MOVED_TO), NEWER)
    correction: Rows = {name: moved[name] for name in ("encounter", "charge_item")}
    correction["person"] = [row("person", updated_at=NEWER, address="玉树市结古街道民主路2号")]
    gone = visit("V2", VISITED)
    deleted: Rows = {name: gone[name][:1] for name in ("encounter_diagnosis", "charge_item")}
    deleted["encounter"] = visit("V3", VISITED)["encounter"]  # Its diagnosis and charges stay.
    return increment, increment, correction, deletion_of(deleted, NEWER), _late()


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
