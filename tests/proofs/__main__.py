"""The proofs: long, and on the whole machine. `python -m tests.proofs [--only NAME]` writes proof.json.

Each entry: {"name", "figure", "passed", "details"}. Ends with 1 when a proof fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeAlias

from jobs.arrivals import AT_MOST
from jobs.spark import spark_for_the_night
from lakehouse.files import write_json
from lakehouse.settings import Settings
from tests.proofs import (
    cluster,
    dashboards,
    deployment,
    environment,
    kill,
    pages,
    publications,
    scheduler,
    scheduler_kills,
    scheduler_people,
)
from tests.proofs.clones import Outcome, tell
from tests.proofs.order import EMPTIED, STORIES, in_every_order, take_at_random

ORDERS, KILLS, SEED = 120, 12, 20260630
RANDOM_STORIES, TIMES = 60, 5
AT_MOST_RATIO = 1.5
PICTURES = Path("build/pages")
Report: TypeAlias = Callable[[str], None]
Proof: TypeAlias = dict[str, Any]


def prove_order(folder: Path, report: Report) -> Iterator[Proof]:
    """All orders of five deliveries."""
    report(f"{ORDERS} points for each of {len(STORIES)} stories of five deliveries, five nights")
    with spark_for_the_night(Settings(folder, folder, folder)) as spark:
        outcomes = tell(folder / "orders", in_every_order(ORDERS), lambda _: nullcontext(spark))
    for story, outcome in outcomes.items():
        yield _order_proof(story, outcome)


def _order_proof(story: str, outcome: Outcome) -> Proof:
    empty = {name for name, rows in outcome.rows.items() if not rows}
    most = max(len(kinds) for kinds in (*outcome.tables.values(), *outcome.kept.values(), outcome.accounts))
    return {
        "name": f"order: {story}",
        "figure": f"{most} digest for {sum(outcome.accounts.values())} orders",
        "passed": not outcome.differing and empty == set(EMPTIED.get(story, ())),
        "details": {"differing": outcome.differing, "rows of a point": dict(outcome.rows)},
    }


def prove_random(folder: Path, report: Report) -> Iterator[Proof]:
    """Random stories of all kinds of deliveries, each in several orders."""
    report(f"{RANDOM_STORIES} stories, each told {TIMES} times")
    with spark_for_the_night(Settings(folder, folder, folder)) as spark:
        outcomes = take_at_random(folder / "stories", RANDOM_STORIES, TIMES, SEED, lambda _: nullcontext(spark))
    same = [name for name, outcome in outcomes.items() if not outcome.differing]
    yield {
        "name": "random stories",
        "figure": f"{len(same)} of {len(outcomes)} came to the same in {TIMES} orders each",
        "passed": len(same) == len(outcomes) > 0,
        "details": {name: outcome.differing for name, outcome in outcomes.items() if outcome.differing},
    }


def prove_kill(folder: Path, report: Report) -> Iterator[Proof]:
    """Kills of the client and of the server."""
    stage = kill.prepare(folder)
    report(f"a night that nobody kills: {', '.join(f'{seconds:.0f} s' for seconds in stage.lasts)}")
    for victim in kill.VICTIMS:
        played = kill.trials(stage, victim, KILLS, SEED, report)
        good = [trial for trial in played if not trial.wrong]
        slowest = max((trial.seconds_left or 0.0 for trial in played), default=0.0)
        yield {
            "name": f"kill -9 of the {victim}",
            "figure": f"{len(good)} of {len(played)} as never killed; nothing ran on after {slowest:.1f} s",
            "passed": len(good) == len(played) > 0,
            "details": [vars(trial) for trial in played],
        }


def prove_environment(folder: Path, report: Report) -> Iterator[Proof]:
    """The same nights in other surroundings."""
    for name, wrong in environment.differing(folder, report).items():
        yield _without_differences(f"environment: {name}", "one digest", wrong)


def prove_cluster(folder: Path, report: Report) -> Iterator[Proof]:
    """The same nights on a cluster of plain processes."""
    wrong = cluster.differing(folder, report)
    name = f"cluster: a master, {cluster.WORKERS} workers, a Connect server"
    yield _without_differences(name, "one digest, nothing ran on", wrong)


def prove_scheduler(folder: Path, report: Report) -> Iterator[Proof]:
    """`nightly` through the real scheduler, at the usual size and at a province's."""
    for plan in (scheduler.PROVINCE, scheduler.MANY):
        flown = scheduler.fly(folder / str(plan.points), plan, report)
        in_time = plan is scheduler.MANY or flown.ratio <= AT_MOST_RATIO
        yield {
            "name": f"scheduler: {plan.points} points, {plan.nights} nights",
            "figure": f"{len(flown.wrong)} differences; {flown.ratio:.2f} times the wall time; {max(flown.tasks)} mapped tasks",
            "passed": not flown.wrong and max(flown.tasks) <= AT_MOST and in_time,
            "details": vars(flown),
        }


def prove_scheduler_kills(folder: Path, report: Report) -> Iterator[Proof]:
    """Parts of such a night killed in turn."""
    for victim, wrong in scheduler_kills.kill_in_turn(folder, report).items():
        yield _without_differences(f"scheduler: {victim} killed", "as never killed", wrong)


def prove_scheduler_people(folder: Path, report: Report) -> Iterator[Proof]:
    """What people start in Airflow, and what they are told."""
    with scheduler.staged(folder, scheduler_people.PLAN) as stage:
        for act, wrong in scheduler_people.play(stage, report):
            yield _without_differences(f"scheduler: {act}", "as it should", wrong)


def prove_dashboards(folder: Path, report: Report) -> Iterator[Proof]:
    """Pages in a browser as each role sees them, and publications that change under their readers."""
    report("the demonstration, and a Superset over it")
    with dashboards.shown(folder) as (running, link):
        seen = list(pages.sights(running, link, PICTURES.absolute(), report))
        wrong = [sight for sight in seen if not sight.is_well]
        slowest = max(sight.seconds for sight in seen)
        yield {
            "name": f"dashboards: {len(seen)} looks at pages in a browser",
            "figure": f"{len(wrong)} with faults, the slowest whole after {slowest:.1f} s; see {PICTURES}",
            "passed": not wrong,
            "details": [vars(sight) for sight in wrong],
        }
        looked = publications.look(running, link, report)
        yield {
            "name": f"dashboards: {publications.PUBLICATIONS} publications under {publications.READERS} readers",
            "figure": f"{sum(looked.failed.values())} failed charts, {len(looked.mixed)} mixed pages of {looked.pages}, "
            f"{looked.across} of them while the next one was shown",
            "passed": not looked.failed
            and not looked.mixed
            and looked.across > 0
            and len(looked.seen) == publications.PUBLICATIONS,
            "details": {"failed": looked.failed, "mixed": looked.mixed, "seen": len(looked.seen)},
        }


def prove_deployment(folder: Path, report: Report) -> Iterator[Proof]:
    """Superset with the database, the cache and the workers that a deployment has."""
    report("a night, and the tests of Superset over PostgreSQL, Redis and several workers")
    asked = deployment.asked(folder)
    yield {
        "name": "deployment: PostgreSQL, Redis, several workers",
        "figure": f"{asked.tests - len(asked.wrong)} of {asked.tests} tests pass",
        "passed": asked.tests > 0 and not asked.wrong,
        "details": asked.wrong,
    }


def _without_differences(name: str, figure: str, wrong: list[str]) -> Proof:
    """A proof that passes when nothing differs. figure: what it shows then."""
    return {
        "name": name,
        "figure": figure if not wrong else f"{len(wrong)} differences",
        "passed": not wrong,
        "details": wrong,
    }


PROOFS: Mapping[str, Callable[[Path, Report], Iterator[Proof]]] = {
    "order": prove_order,
    "random": prove_random,
    "kill": prove_kill,
    "environment": prove_environment,
    "cluster": prove_cluster,
    "scheduler": prove_scheduler,
    "scheduler_kills": prove_scheduler_kills,
    "scheduler_people": prove_scheduler_people,
    "dashboards": prove_dashboards,
    "deployment": prove_deployment,
}


def main(only: list[str], out: Path) -> int:
    """Run the proofs, write what they found, say whether all passed."""
    begun, found = time.monotonic(), list[Proof]()

    def report(line: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {line}", flush=True)

    for name in only or PROOFS:
        report(f"{name} …")
        with tempfile.TemporaryDirectory(prefix=f"proof-{name}-") as folder:
            for proof in PROOFS[name](Path(folder), report):
                found.append(proof)
                report(f"{'passed' if proof['passed'] else 'FAILED'}  {proof['name']}: {proof['figure']}")
    write_json(out, found)
    return 0 if all(proof["passed"] for proof in found) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(PROOFS), default=[], help="Only this proof.")
    parser.add_argument("--out", type=Path, default=Path("proof.json"), help="Where to write the results.")
    arguments = parser.parse_args()
    sys.exit(main(arguments.only, arguments.out.absolute()))
