"""A child that comes a night before its parent waits, and ends where it would have been in the other order."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.night import Engine
from jobs.province.samples import DAY, registers, visit
from jobs.province.story import Rows
from tests.proofs.clones import Delivery, Outcome, tell
from warehouse_models.registry import exchange

PAIRS = [(child, parent.table) for child, table in exchange().items() for parent in table.parents]
PARENTS = sorted({parent for _, parent in PAIRS})


@pytest.fixture(scope="module")
def outcomes(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """By parent table: what became of two points, one with the parents first, one with everything else first."""
    return tell(
        tmp_path_factory.mktemp("waiting"), {parent: _tellings(parent, at) for at, parent in enumerate(PARENTS)}, engine
    )


def _tellings(parent: str, at: int) -> dict[str, list[list[Delivery]]]:
    rows: Rows = {**registers(), **visit("V1")}
    parents = Delivery("parents", 1, DAY, "increment", {parent: rows[parent]})
    children = {name: each for name, each in rows.items() if name != parent}
    others = Delivery("children", 2, DAY, "increment", children)
    return {f"P{at}1": [[parents], [others]], f"P{at}2": [[others], [parents]]}


def test_the_sample_visit_has_a_row_in_every_pair_of_tables(tmp_path: Path) -> None:
    rows = {**registers(), **visit("V1")}
    assert len(PAIRS) >= 10
    assert all(rows[child] and rows[parent] for child, parent in PAIRS)


@pytest.mark.parametrize(("child", "parent"), PAIRS)
def test_children_a_night_before_their_parents_end_as_in_the_reverse_order(
    child: str, parent: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[parent]
    assert outcome.differing == []
    assert all(rows > 0 for name, rows in outcome.rows.items() if name.endswith((child, parent)))
    (accounts,) = outcome.accounts
    assert accounts.count('"waiting": {"fen": 0, "rows": 0}') == accounts.count('"balanced": true') == 10
