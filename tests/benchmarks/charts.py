"""How long readers wait for the figures of a chart: a Superset over the history's publication, nothing from a cache."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median, quantiles

from dashboards.access import make_reader
from dashboards.apply import apply
from dashboards.bundle import render
from dashboards.client import Superset
from dashboards.datasets import identity
from dashboards.declared import pages
from dashboards.demonstration import tenants
from dashboards.local import password, superset
from tests.benchmarks.workshop import Workshop

ROLES = ("analyst", "supervisor", "planner", "region_officer", "hospital")
USERS, ROUNDS, SEED = 8, 3, 20260630


def chart_waits(shop: Workshop) -> tuple[list[float], list[float]]:
    """Seconds of each answer, sorted: to one user, and to eight who ask without a pause."""
    served = shop.history.home.serving
    with superset(shop.folder / "superset", served.parent) as running, ExitStack() as sessions:
        with running.as_administrator() as session:
            apply(session, render())
            numbers = session.numbers("chart")
            whose = tenants(served)
            for user in range(USERS):
                role = ROLES[user % len(ROLES)]
                make_reader(session, f"user-{user}", password(running.home, f"user-{user}"), role, whose[role])
        users = [sessions.enter_context(running.as_reader(f"user-{user}")) for user in range(USERS)]
        charts = [charts_of(ROLES[user % len(ROLES)], numbers) for user in range(USERS)]
        for user, own in zip(users, charts, strict=True):
            waits(user, own[:1], 1)  # A tenant's file is written when its tenant first looks.
        alone = waits(users[0], charts[0], ROUNDS)
        with ThreadPoolExecutor(USERS) as pool:
            together = [*pool.map(waits, users, charts, [ROUNDS] * USERS)]
    return sorted(alone), sorted(wait for each in together for wait in each)


def charts_of(role: str, numbers: dict[str, int]) -> list[int]:
    """Numbers of the charts that a role may look at, in either language."""
    shown = {name for page in pages().values() if role in page.audience for name in page.charts}
    return [numbers[identity("chart", name, language)] for name in sorted(shown) for language in ("zh", "en")]


def waits(user: Superset, charts: Sequence[int], rounds: int) -> list[float]:
    """Seconds of each answer to a user who asks for every chart, in an order of their own."""
    found = []
    order = random.Random(SEED)
    for _ in range(rounds):
        for chart in order.sample(charts, len(charts)):
            begun = time.monotonic()
            user.ask("GET", f"/chart/{chart}/data/?force=true")
            found.append(time.monotonic() - begun)
    return found


def p95(waits: Sequence[float]) -> float:
    """The wait that 95 of a hundred do not exceed."""
    return quantiles(waits, n=20)[-1]


def told(waits: Sequence[float]) -> str:
    """How the waits are spread, in words."""
    return f"{len(waits)} answers, median {median(waits):.2f} s, longest {max(waits):.2f} s"
