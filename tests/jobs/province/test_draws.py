"""A draw depends on seed, table, field and entity, and on nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.province.draws import Draws, entities

ENTITIES = st.lists(st.integers(0, 2**62), min_size=1, max_size=50)


@given(st.integers(0, 2**31), ENTITIES, st.randoms())
def test_the_order_of_asking_changes_nothing(seed: int, entity: list[int], shuffler: object) -> None:
    order = list(range(len(entity)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    together = Draws(seed, "person").bits("sex", np.array(entity))
    one_by_one = [int(Draws(seed, "person").bits("sex", np.array([entity[place]]))[0]) for place in order]
    assert one_by_one == [int(together[place]) for place in order]


def test_seeds_tables_fields_and_points_have_streams_of_their_own() -> None:
    entity = np.arange(1000)
    streams = [
        Draws(1, "person").bits("sex", entity),
        Draws(2, "person").bits("sex", entity),
        Draws(1, "visit").bits("sex", entity),
        Draws(1, "person").bits("age", entity),
        Draws(1, "person").bits("sex", entities(7, entity)),
    ]
    assert len({int(bits) for stream in streams for bits in stream}) == 5000


@given(ENTITIES)
def test_numbers_stay_within_their_bounds(entity: list[int]) -> None:
    draws = Draws(1, "any")
    assert ((draws.uniform("a", np.array(entity)) >= 0) & (draws.uniform("a", np.array(entity)) < 1)).all()
    assert set(draws.between("b", np.array(entity), -2, 2).tolist()) <= {-2, -1, 0, 1, 2}
    assert set(draws.weighted("c", np.array(entity), (0.0, 1.0, 0.0, 2.0)).tolist()) <= {1, 3}


def test_shares_come_out_as_asked() -> None:
    draws, entity = Draws(1, "any"), np.arange(200_000)
    assert abs(draws.chance("a", entity, 0.3).mean() - 0.3) < 0.005
    weighted = np.bincount(draws.weighted("b", entity, (1, 2, 5)), minlength=3) / len(entity)
    assert np.abs(weighted - np.array([1, 2, 5]) / 8).max() < 0.005
