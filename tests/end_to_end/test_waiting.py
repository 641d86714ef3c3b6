"""A child that comes a night before its parent waits, and ends where it would have been in the other order."""

from __future__ import annotations

import pytest

from tests.proofs.clones import Outcome
from tests.proofs.waiting import PAIRS, rows


def test_the_sample_visit_has_a_row_in_every_pair_of_tables() -> None:
    found = rows()
    assert len(PAIRS) >= 10
    assert all(found[child] and found[parent] for child, parent in PAIRS)


@pytest.mark.parametrize(("child", "parent"), PAIRS)
def test_children_a_night_before_their_parents_end_as_in_the_reverse_order(
    child: str, parent: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[parent]
    assert outcome.differing == []
    assert all(rows > 0 for name, rows in outcome.rows.items() if name.endswith((child, parent)))
    (accounts,) = outcome.accounts
    assert accounts.count('"waiting": {"fen": 0, "rows": 0}') == accounts.count('"balanced": true') == 10
