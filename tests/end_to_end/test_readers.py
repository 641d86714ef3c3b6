"""Readers who try to see more than theirs: whatever they ask, with a cold cache and a warm one, no row of another comes."""

from __future__ import annotations

import calendar
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import duckdb
import httpx
import pytest

from dashboards.access import embed, make_reader
from dashboards.client import Superset
from dashboards.datasets import identity
from dashboards.declared import pages
from dashboards.local import LocalSuperset, password
from tests.end_to_end.attacks import ALLOWED, DATA, IN_SQL, OTHERS, question
from tests.end_to_end.conftest import BuiltNight

PLACED = (
    "spending.income_composition",
    "supervision.prescription_profile",
    "quality.delivery_scorecard",
    "peers.standing",
    "onboarding.point_state",
)
YEAR = calendar.timegm((2026, 1, 1, 0, 0, 0)) * 1000.0


@dataclass(frozen=True)
class Reader:
    """Someone who looks. institutions: codes that may be seen.   ask: method, path and body to the answer's text."""

    name: str
    institutions: frozenset[str]
    ask: Callable[..., str]


@pytest.fixture(scope="module")
def places(built_night: BuiltNight) -> dict[str, tuple[str, str, str]]:
    """Institution -> its name, prefecture and point."""
    with duckdb.connect(str(built_night.settings.serving), read_only=True) as db:
        found = db.execute(
            "select distinct institution_code, institution_name, city_code, point_id from quality.delivery_scorecard"
        )
        return {code: (name, city, point) for code, name, city, point in found.fetchall()}


@pytest.fixture(scope="module")
def readers(
    running: LocalSuperset, administrator: Superset, places: Mapping[str, tuple[str, str, str]]
) -> Iterator[dict[str, Reader]]:
    """Two hospitals, an officer of the smaller prefecture, a guest, one without a login, and an analyst as the control."""
    cities = sorted(
        {city for _, city, _ in places.values()}, key=lambda city: sum(place[1] == city for place in places.values())
    )
    of_city = frozenset(code for code, place in places.items() if place[1] == cities[0])
    first, second, *_ = sorted(places)
    who = {
        "hospital-1": ("hospital", f"institution-{first}", frozenset({first})),
        "hospital-2": ("hospital", f"institution-{second}", frozenset({second})),
        "officer": ("region_officer", f"region-{cities[0]}", of_city),
        "analyst": ("analyst", None, frozenset(places)),
    }
    found = {}
    with ExitStack() as sessions:
        for name, (role, tenant, institutions) in who.items():
            make_reader(administrator, name, password(running.home, name), role, tenant)
            session = sessions.enter_context(running.as_reader(name))
            found[name] = Reader(name, institutions, _asking(session))
        guest = sessions.enter_context(_as_guest(running, administrator, second))
        found["guest"] = Reader("guest", frozenset({second}), lambda *asked: _guest_asks(guest, *asked))
        visitor = sessions.enter_context(httpx.Client(base_url=running.address, timeout=120, trust_env=False))
        found["visitor"] = Reader("visitor", frozenset(), lambda *asked: _guest_asks(visitor, *asked))
        yield found


def _asking(session: Superset) -> Callable[..., str]:
    def ask(method: str, path: str, body: Any = None) -> str:
        return _text(session.patiently(method, path, json=body))

    return ask


def _as_guest(running: LocalSuperset, administrator: Superset, institution: str) -> httpx.Client:
    """A guest of a hospital on its page, with a token that the commission's own system would ask for."""
    embedded = embed(administrator, "own", "zh", [])
    asked = {
        "user": {"username": f"institution-{institution}", "first_name": "g", "last_name": "g"},
        "resources": [{"type": "dashboard", "id": embedded}],
        "rls": [],  # Even when who made the token forgot the first wall.
    }
    token = administrator.ask("POST", "/security/guest_token/", asked)["token"]
    return httpx.Client(base_url=running.address, headers={"X-GuestToken": token}, timeout=120, trust_env=False)


def _guest_asks(session: httpx.Client, method: str, path: str, body: Any = None) -> str:
    while (answer := session.request(method, path, json=body)).status_code == 429:
        time.sleep(0.5)  # All readers here have one address.
    return _text(answer)


def _text(answer: httpx.Response) -> str:
    """What an answer says, also inside of a workbook."""
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    text = answer.text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


@pytest.fixture(scope="module")
def datasets(administrator: Superset) -> dict[str, int]:
    """Number of each dataset, by table and language."""
    known = administrator.numbers("dataset")
    return {name: known[identity("dataset", name, "zh")] for name in PLACED}


@pytest.fixture(scope="module")
def guest_chart(administrator: Superset) -> int:
    """Number of a chart of the page that the guest was given."""
    known = administrator.numbers("chart")
    return known[identity("chart", "income_by_month", "zh")]


@pytest.mark.parametrize("cache", ["cold", "warm"])
@pytest.mark.parametrize("table", PLACED)
@pytest.mark.parametrize("attack", [*ALLOWED, *OTHERS])
def test_no_reader_gets_a_row_of_another(
    readers: dict[str, Reader],
    places: dict[str, tuple[str, str, str]],
    datasets: dict[str, int],
    attack: str,
    table: str,
    cache: str,
) -> None:
    method, path, body = {**ALLOWED, **OTHERS}[attack](datasets[table])
    if body and cache == "warm" and "force" in body:
        body["force"] = False
        readers["analyst"].ask(method, path, body)  # Now somebody who sees all has filled the cache.
    if attack in ALLOWED:
        seen = readers["analyst"].ask(method, path, body)
        assert foreign(seen, places, frozenset()) >= set(places), (
            "the attack does not work for those who may: it shows nothing"
        )
    for name in ("hospital-1", "hospital-2", "officer", "guest", "visitor"):
        answer = readers[name].ask(method, path, body)
        assert foreign(answer, places, readers[name].institutions) == set(), name
        if attack in IN_SQL:
            assert '"data"' not in answer, (name, "text of a reader was taken for SQL")


def foreign(text: str, places: Mapping[str, tuple[str, str, str]], own: frozenset[str]) -> set[str]:
    """Institutions, not one's own, whose code, name or point stands in a text."""
    return {
        code
        for code, (name, _, point) in places.items()
        if code not in own and (code in text or name in text or f'"{point}"' in text)
    }


def test_readers_do_get_their_own_rows(
    readers: dict[str, Reader], places: dict[str, tuple[str, str, str]], datasets: dict[str, int]
) -> None:
    for name in ("hospital-1", "hospital-2", "officer"):
        for table in PLACED:
            seen = foreign(readers[name].ask("POST", DATA, question(datasets[table])), places, frozenset())
            assert seen == readers[name].institutions, (name, table)


def test_a_guest_sees_the_chart_of_its_page_and_may_ask_nothing_else(
    readers: dict[str, Reader], administrator: Superset, datasets: dict[str, int], guest_chart: int
) -> None:
    saved = json.loads(administrator.ask("GET", f"/chart/{guest_chart}")["result"]["query_context"])
    page = administrator.numbers("dashboard", "slug")["own"]
    saved["form_data"] |= {"slice_id": guest_chart, "dashboardId": page}
    answer = json.loads(readers["guest"].ask("POST", DATA, saved))
    own = _income(readers["hospital-2"], saved)
    assert own > 0
    assert round(sum(row["income"] for row in answer["result"][0]["data"]), 2) == own
    table = datasets["spending.income_composition"]
    of_page = {"slice_id": guest_chart, "dashboardId": page}
    values = question(table, columns=["department_zh"]) | {"form_data": {"native_filter_id": "x", "dashboardId": page}}
    assert "result" in json.loads(readers["guest"].ask("POST", DATA, values))
    for asked in (
        question(table) | {"form_data": of_page},
        question(table, columns=["department_zh"], metrics=["visits"]) | {"form_data": of_page},
        question(table, columns=["institution_name"]) | {"form_data": {"native_filter_id": "x", "dashboardId": page}},
        question(table),
    ):
        assert "result" not in json.loads(readers["guest"].ask("POST", DATA, asked)), asked


def test_who_has_not_logged_in_sees_the_page_for_everybody_and_no_other(
    running: LocalSuperset, readers: dict[str, Reader], administrator: Superset
) -> None:
    numbers = administrator.numbers("chart")
    for name in pages()["public"].charts:
        number = numbers[identity("chart", name, "zh")]
        (answer,) = json.loads(readers["visitor"].ask("GET", f"/api/v1/chart/{number}/data/"))["result"]
        (same,) = administrator.ask("GET", f"/chart/{number}/data/")["result"]
        assert answer["data"] == same["data"] != []
    with httpx.Client(base_url=running.address, timeout=120, trust_env=False) as visitor:
        assert visitor.get("/superset/dashboard/public/").status_code == 200
        for slug in ("spending", "own", "quality"):
            assert visitor.get(f"/api/v1/dashboard/{slug}/charts").is_error
            assert visitor.get(f"/superset/dashboard/{slug}/").status_code in (302, 403, 404)


@pytest.mark.parametrize(
    ("name", "page", "chart"),
    [
        ("officer", "spending", "income_by_month"),
        ("visitor", "public", "public_income"),
    ],
)
def test_a_filter_makes_years_of_months(
    readers: dict[str, Reader], administrator: Superset, name: str, page: str, chart: str
) -> None:
    number = administrator.numbers("chart")[identity("chart", chart, "zh")]
    saved = json.loads(administrator.ask("GET", f"/chart/{number}")["result"]["query_context"])
    saved["form_data"] |= {"slice_id": number, "dashboardId": administrator.numbers("dashboard", "slug")[page]}
    by_month = _income(readers[name], saved)
    saved["queries"][0]["extras"]["time_grain_sqla"] = "P1Y"
    saved["queries"][0]["columns"][0]["timeGrain"] = "P1Y"
    saved["form_data"] |= {"time_grain_sqla": "P1Y", "extra_form_data": {"time_grain_sqla": "P1Y"}}
    answer = json.loads(readers[name].ask("POST", DATA, saved))
    assert {row["month_on"] for row in answer["result"][0]["data"]} == {YEAR}
    assert _income(readers[name], saved) == by_month > 0


def _income(reader: Reader, saved: dict[str, Any]) -> float:
    answer = json.loads(reader.ask("POST", DATA, saved))
    return float(round(sum(row["income"] for row in answer["result"][0]["data"]), 2))


def test_the_second_wall_stands_when_the_first_is_gone(
    readers: dict[str, Reader],
    administrator: Superset,
    places: dict[str, tuple[str, str, str]],
    datasets: dict[str, int],
) -> None:
    for rule in administrator.listed("rowlevelsecurity"):
        administrator.remove("rowlevelsecurity", int(rule["id"]))
    for table in PLACED:
        for name in ("hospital-1", "officer"):
            seen = foreign(readers[name].ask("POST", DATA, question(datasets[table])), places, frozenset())
            assert seen == readers[name].institutions, (name, table)


def test_a_reader_who_loses_the_tenant_sees_nothing(
    running: LocalSuperset, administrator: Superset, datasets: dict[str, int]
) -> None:
    secret = password(running.home, "nobody")
    make_reader(administrator, "nobody", secret, "planner", None)
    with running.as_reader("nobody") as session:
        ask = _asking(session)
        asked = question(datasets["quality.delivery_scorecard"])
        assert '"data"' in ask("POST", DATA, asked)
        users = administrator.numbers("security/users", "username")
        roles = administrator.numbers("security/roles", "name")
        about = {
            "username": "nobody",
            "first_name": "n",
            "last_name": "n",
            "email": "nobody@localhost",
            "password": secret,
        }
        administrator.ask(
            "PUT", f"/security/users/{users['nobody']}", {**about, "active": True, "roles": [roles["hospital"]]}
        )
        assert "You belong to no institution or region" in ask("POST", DATA, asked)
