"""A pool of processes that do landing's work. Identifiers and keys live in them only, and die with them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol, TypeAlias

from jobs.landing.worker import Done, Task, work
from lakehouse.errors import PassingError

Results: TypeAlias = Generator[tuple[Task, Done], None, None]


class Pool(Protocol):
    """Something that does tasks."""

    def __call__(self, tasks: Sequence[Task]) -> Results:
        """Do the tasks and give each back with what became of it, as they end."""


def here(tasks: Sequence[Task]) -> Results:
    """Do the tasks in this process, one after the other."""
    for task in tasks:
        yield task, work(task)


@contextmanager
def pool(workers: int) -> Iterator[Pool]:
    """Do tasks in this many processes, or in this one when there are none. They end with the block, and also when the
    caller is killed.

    They are forked from a server that imported the program once: a process that talks to Spark cannot be forked.
    """
    if workers == 0:
        yield here
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__, "pandas"])  # Arrow imports pandas at its first array.
    with ProcessPoolExecutor(workers, context, initializer=_end_with_parent) as executor:

        def run(tasks: Sequence[Task]) -> Results:
            futures: dict[Future[Done], Task] = {executor.submit(work, task): task for task in tasks}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
            except BrokenProcessPool:
                what = "A process that lands deliveries ended by itself, perhaps for want of memory."
                raise PassingError("LAND-002", what, do="Run the night again; what has landed stays.") from None
            finally:  # Nobody may write any more when the caller clears up.
                for future in futures:
                    future.cancel()
                wait(futures)

        yield run


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _end_with_parent() -> None:
    """Leave no worker behind when the caller is killed: one that waits for tasks would wait for ever. An interrupt from
    the keyboard reaches the caller, who ends the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
