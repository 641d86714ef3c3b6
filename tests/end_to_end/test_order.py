"""Deliveries may come in any order: twelve of the 120 orders here, all of them in the proof (tests/proofs)."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import ORDERS
from tests.proofs.clones import Outcome
from tests.proofs.order import EMPTIED, STORIES, orders


@pytest.mark.parametrize("story", STORIES)
def test_the_chosen_orders_begin_and_end_with_every_delivery(story: str) -> None:
    deliveries = set(STORIES[story])
    chosen = orders(deliveries, ORDERS)
    assert len(set(chosen)) == ORDERS
    assert {order[0] for order in chosen} == {order[-1] for order in chosen} == deliveries
    assert len(set(orders(deliveries, 120))) == 120


@pytest.mark.parametrize("story", STORIES)
def test_every_order_of_five_deliveries_ends_in_the_same_tables_and_accounts(
    story: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[story]
    assert outcome.differing == []
    assert sum(outcome.accounts.values()) == ORDERS
    assert outcome.rows["medical_records.encounter"] == 4
    assert {name for name, rows in outcome.rows.items() if not rows} == set(EMPTIED.get(story, ()))


@pytest.mark.parametrize("story", STORIES)
def test_no_row_is_still_waiting_and_every_account_balances(story: str, outcomes: dict[str, Outcome]) -> None:
    (accounts,) = outcomes[story].accounts
    assert '"balanced": false' not in accounts
    assert accounts.count('"waiting": {"fen": 0, "rows": 0}') == accounts.count('"balanced": true') > 20
