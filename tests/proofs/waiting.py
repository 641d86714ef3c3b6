"""Children and parents come in different nights: the same rows, told with one table first or with everything else first."""

from __future__ import annotations

from jobs.province.samples import DAY, registers, visit
from jobs.province.story import Rows
from tests.proofs.clones import Delivery, Tellings
from warehouse_models.registry import exchange

PAIRS = [(child, parent.table) for child, table in exchange().items() for parent in table.parents]
PARENTS = sorted({parent for _, parent in PAIRS})


def rows() -> Rows:
    """One visit and the registers that it names."""
    return {**registers(), **visit("V1")}


def in_both_orders() -> dict[str, Tellings]:
    """By parent table: at one point its rows come a night before all others, at another one a night after them."""
    return {parent: _tellings(parent, f"W{at}") for at, parent in enumerate(PARENTS)}


def _tellings(parent: str, point: str) -> Tellings:
    found = rows()
    parents = Delivery("parents", 1, DAY, "increment", {parent: found.pop(parent)})
    others = Delivery("children", 2, DAY, "increment", found)
    return {f"{point}1": [[parents], [others]], f"{point}2": [[others], [parents]]}
