"""What is said of a point that misbehaves behind a line that holds, and what is asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.transports import http
from jobs.transports.envelope import Letter
from jobs.transports.faults import Unreachable
from jobs.transports.line import Patience
from lakehouse.settings import Settings
from tests.jobs.transports.http.points import (
    KEYS,
    Point,
    first,
    is_told,
    land,
    nothing_is_here,
    plain,
    signed,
    standing,
    with_headers,
)

# What a point does, and the code that is told of it. `p` is the point as it should be.
MISCHIEF: dict[str, tuple[str, Callable[[Point], Point]]] = {
    "errors": ("PULL-FAILED", lambda p: replace(p, before=first(9, plain(500, "at patient 王")))),
    "busy": ("PULL-BUSY", lambda p: replace(p, before=first(9, plain(429, retry_after="60")))),
    "refuses": ("PULL-REJECTED", lambda p: replace(p, before=first(9, plain(400)))),
    "has no interface": ("PULL-REJECTED", lambda p: replace(p, before=first(9, plain(404)))),
    "forbids": ("PULL-LOGIN", lambda p: replace(p, before=first(9, plain(403)))),
    "has other keys": ("PULL-LOGIN", lambda p: replace(p, keys=replace(KEYS, signing=bytes(32)))),
    "leads elsewhere": ("PULL-ANSWER", lambda p: replace(p, before=first(9, plain(302, location="/elsewhere")))),
    "has a portal": ("PULL-LENGTH", lambda p: replace(p, before=first(9, plain(200, "<html>")))),
    "does not sign": ("PULL-SIGNATURE", lambda p: replace(p, before=first(9, plain(200, "<html></html> 16")))),
    "states a longer body": (
        "PULL-LENGTH",
        lambda p: replace(p, before=first(9, plain(200, "cut", content_length="100"))),
    ),
    "signs wrongly": (
        "PULL-SIGNATURE",
        lambda p: replace(p, sealed=lambda sent, n: with_headers(sent, signature="0" * 64)),
    ),
    "answers for another nonce": (
        "PULL-NONCE",
        lambda p: replace(p, sealed=lambda sent, n: _for_nonce(sent, "0" * 32)),
    ),
    "answers another target": (
        "PULL-SIGNATURE",
        lambda p: replace(p, sealed=lambda sent, n: signed(replace(sent, target="/batches?page=7"))),
    ),
    "has a wrong clock": ("PULL-NONCE", lambda p: replace(p, sealed=lambda sent, n: signed(sent, minutes=6))),
    "encrypts under another key": (
        "PULL-CIPHER",
        lambda p: replace(p, sealed=lambda sent, n: signed(sent, body=bytes(range(64)))),
    ),
    "is no JSON": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: b'{"code": 200, ')),
    "is another JSON": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: [page])),
    "lacks the files": (
        "PULL-ANSWER",
        lambda p: replace(p, told=lambda page, n: {**page, "batches": [{"name": "a", "manifest": ""}]}),
    ),
    "names a path": ("PULL-ANSWER", lambda p: replace(p, told=lambda page, n: _renamed(page, "../P002"))),
    "rejects in its own way": (
        "PULL-REJECTED",
        lambda p: replace(p, told=lambda page, n: {"code": 200, "msgCode": -1}),
    ),
    "states more than it gives": (
        "PULL-COUNT",
        lambda p: replace(p, told=lambda page, n: {**page, "total": page["total"] + 1}),
    ),
    "states less than it gives": ("PULL-COUNT", lambda p: replace(p, told=lambda page, n: {**page, "total": 2})),
    "repeats a page": ("PULL-COUNT", lambda p: _repeating(replace(p, on_a_page=1))),
    "states pages without end": (
        "PULL-COUNT",
        lambda p: replace(p, told=lambda page, n: {**page, "pages": 10**9, "total": 10**9}),
    ),
    "changes its mind": ("PULL-COUNT", lambda p: replace(p, on_a_page=1, told=lambda page, n: {**page, "total": n})),
    "lists a shorter file": ("PULL-CHANGED", lambda p: replace(p, told=lambda page, n: _longer(page, -1))),
    "lists a longer file": ("PULL-SHORT", lambda p: replace(p, told=lambda page, n: _longer(page, 1))),
    "gives another piece": (
        "PULL-ANSWER",
        lambda p: replace(p, sealed=lambda sent, n: sent if n == 1 else signed(_moved(sent))),
    ),
}


def _for_nonce(letter: Letter, nonce: str) -> Letter:
    return signed(with_headers(letter, nonce=nonce))


def _moved(letter: Letter) -> Letter:
    return replace(letter, headers={**letter.headers, "content-range": "clear 5-9/10"})


def _renamed(page: dict[str, Any], name: str) -> dict[str, Any]:
    return {**page, "batches": [{**page["batches"][0], "name": name}, *page["batches"][1:]]}


def _longer(page: dict[str, Any], by: int) -> dict[str, Any]:
    for batch in page["batches"]:
        for file in batch["files"]:
            file["bytes"] += by
    return page


def _repeating(point: Point) -> Point:
    """Every page is the first one."""
    kept: list[dict[str, Any]] = []

    def told(page: dict[str, Any], number: int) -> dict[str, Any]:
        kept.append(page)
        return kept[0]

    return replace(point, told=told)


@pytest.mark.parametrize(("code", "spoil"), MISCHIEF.values(), ids=MISCHIEF.keys())
def test_a_point_that_misbehaves_is_named_and_left(
    settings: Settings, folder: Path, code: str, spoil: Callable[[Point], Point]
) -> None:
    point = spoil(Point(folder))
    with standing(point) as way:
        landed, said = land(settings, way)
    assert landed == []
    is_told(settings, said, code)
    assert nothing_is_here(settings)


def test_a_point_that_has_mended_is_taken_by_the_next_night(settings: Settings, folder: Path) -> None:
    with standing(MISCHIEF["lists a longer file"][1](Point(folder))) as way:
        assert land(settings, way)[0] == []
    with standing(Point(folder)) as way:
        assert [each.status for each in land(settings, way)[0]] == ["landed"] * 3


@pytest.mark.parametrize(("status", "times"), [(500, 2), (503, 2), (429, 1), (502, 1)])
def test_a_fault_that_passes_is_waited_for(folder: Path, status: int, times: int) -> None:
    point = Point(folder, before=first(times, plain(status)))
    with standing(point) as way, http.opened("P001", way) as far:
        assert len(far.names()) == 3
    assert point.asked == ["/batches?page=1"] * (times + 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 302])
def test_what_is_refused_is_asked_for_once(folder: Path, status: int) -> None:
    point = Point(folder, before=first(9, plain(status)))
    with standing(point) as way, http.opened("P001", way) as far, pytest.raises(Unreachable):
        far.names()
    assert len(point.asked) == 1


def test_a_wrong_signature_is_asked_for_once(settings: Settings, folder: Path) -> None:
    point = MISCHIEF["signs wrongly"][1](Point(folder))
    with standing(point) as way:
        land(settings, way)
    assert len(point.asked) == 1


def test_a_replayed_answer_is_refused(settings: Settings, folder: Path) -> None:
    """An answer that was true for the first listing is given for every later one."""
    kept: list[Letter] = []

    def replay(letter: Letter, number: int) -> Letter:
        kept.append(letter)
        return kept[0]

    point = Point(folder, sealed=replay)
    with standing(point) as way:
        with http.opened("P001", way) as far:
            assert len(far.names()) == 3
        _, said = land(settings, way)
    is_told(settings, said, "PULL-NONCE")
    assert nothing_is_here(settings)


def test_the_wait_that_a_point_asks_for_is_kept_up_to_a_limit() -> None:
    class State:
        attempt_number = 2

        def __init__(self, after: float) -> None:
            error = Unreachable("PULL-BUSY", "", after)
            self.outcome = type("Outcome", (), {"exception": lambda self: error})()

    patience = Patience(back_off=0.5, longest_wait=60)
    waits = [patience.wait(State(after)) for after in (0, 0.2, 7, 3600)]  # type: ignore[arg-type]
    assert waits == [1.0, 1.0, 7.0, 60.0]


@pytest.mark.parametrize(("text", "low", "high"), [("3", 3, 3), ("", 0, 0), ("soon", 0, 0), ("-5", 0, 0)])
def test_retry_after_is_read(text: str, low: float, high: float) -> None:
    from jobs.transports.line import _asked

    assert low <= _asked(plain(429, retry_after=text)) <= high  # type: ignore[arg-type]


def test_retry_after_may_be_a_time() -> None:
    from email.utils import format_datetime

    from jobs.transports.line import _asked

    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < _asked(plain(429, retry_after=later)) <= 100  # type: ignore[arg-type]
