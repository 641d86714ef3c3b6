"""What only several servers with one database and one Redis show. Run with `--deployed`, as `make prove` does."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import socket
import socketserver
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from typing import Any

import duckdb
import httpx
import pytest

from dashboards.access import make_reader
from dashboards.client import Superset
from dashboards.datasets import identity
from dashboards.local import ADMINISTRATOR, LocalSuperset, password
from lakehouse.processes import free_port
from tests.end_to_end.attacks import DATA, question
from tests.end_to_end.deployed import Deployment, deployment
from tests.end_to_end.provider import CLIENT, SECRET, Provider
from tests.end_to_end.shown import without_stamps
from tests.end_to_end.swapped import Shown
from tests.listeners import Mailbox, listening
from tests.proofs.processes import everything

TABLE = "spending.income_composition"
REPORTED = "income_by_institution"
TRIES, A_MINUTE = 10, 60


@pytest.fixture(scope="module")
def whole(running: LocalSuperset, shown: Shown) -> Deployment:
    return deployment(running.home, shown.link)


@pytest.fixture(scope="module")
def others(whole: Deployment) -> Iterator[list[str]]:
    """Addresses of two more servers, which believe a proxy that says who asks."""
    ports = [free_port(), free_port()]
    with ExitStack() as parts:
        for port in ports:
            parts.enter_context(whole.pages(port, SUPERSET_BEHIND_PROXY="yes"))
        yield [whole.address(port) for port in ports]


@pytest.fixture(scope="module")
def institutions(shown: Shown) -> list[str]:
    """Their codes; those with the most income first."""
    asked = (
        f"select institution_code from {TABLE} group by institution_code order by sum(income) desc, institution_code"
    )
    with duckdb.connect(str(shown.link / "marts.duckdb"), read_only=True) as connection:
        return [code for (code,) in connection.execute(asked).fetchall()]


@pytest.fixture(scope="module")
def hospital(running: LocalSuperset, administrator: Superset, institutions: list[str]) -> str:
    """The name of a reader of the first institution."""
    make_reader(administrator, "owns", password(running.home, "owns"), "hospital", f"institution-{institutions[0]}")
    return "owns"


def test_nothing_that_must_last_lies_in_superset_s_folder(whole: Deployment, administrator: Superset) -> None:
    assert administrator.numbers("dashboard")
    assert {path.stem for path in (whole.folder / "home").iterdir()} <= {"passwords", "tenants", "beat"}


def test_setting_up_once_more_changes_nothing(whole: Deployment, administrator: Superset) -> None:
    before = without_stamps(administrator.given())
    whole.once("superset-init")
    assert without_stamps(administrator.given()) == before
    assert administrator.numbers("security/users", "username")[ADMINISTRATOR] == 1


def test_pages_are_brought_by_the_service_for_it(whole: Deployment, administrator: Superset) -> None:
    before = without_stamps(administrator.given())
    said = whole.once("superset-pages").splitlines()
    assert said[0].endswith("assets applied.")
    assert said[-1] == "0 assets removed."
    assert without_stamps(administrator.given()) == before


def test_what_one_server_has_worked_out_another_finds_for_that_reader_alone(
    running: LocalSuperset, administrator: Superset, others: list[str], hospital: str
) -> None:
    dataset = administrator.numbers("dataset")[identity("dataset", TABLE, "zh")]
    asked = question(dataset, columns=["institution_code"], metrics=["income"], row_limit=9_999, force=False)
    administrator.ask("POST", "/chart/data", asked)
    with Superset(others[0], ADMINISTRATOR, password(running.home, ADMINISTRATOR)) as same:
        again = same.ask("POST", "/chart/data", asked)["result"][0]
    with Superset(others[0], hospital, password(running.home, hospital)) as other:
        first = other.ask("POST", "/chart/data", asked)["result"][0]
    assert again["is_cached"] is True
    assert len(again["data"]) > 1
    assert not first["is_cached"]
    assert len(first["data"]) == 1


def test_tries_of_passwords_are_counted_for_all_servers_together_and_for_each_person_alone(others: list[str]) -> None:
    said = {"10.0.0.1": [], "10.0.0.2": []}  # type: dict[str, list[int]]
    time.sleep(A_MINUTE - time.time() % A_MINUTE)  # The count begins anew with the minute.
    for person, tries in said.items():
        for number in range(TRIES + 2 if person == "10.0.0.1" else 1):
            wrong = {"username": "nobody", "password": "x", "provider": "db"}
            address = f"{others[number % 2]}/api/v1/security/login"
            answer = httpx.post(address, json=wrong, headers={"X-Forwarded-For": person}, timeout=60, trust_env=False)
            tries.append(answer.status_code)
    assert said == {"10.0.0.1": [401] * TRIES + [429] * 2, "10.0.0.2": [401]}


@pytest.fixture(scope="module")
def provider(whole: Deployment) -> Iterator[tuple[Any, str]]:
    """A provider of logins, and the address of a server that believes it."""
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Provider)) as server:
        server.person, server.forges = "nobody", False
        about = f"http://127.0.0.1:{server.server_address[1]}/.well-known/openid-configuration"
        app = {"client_id": CLIENT, "client_secret": SECRET, "server_metadata_url": about}
        app["client_kwargs"] = {"scope": "openid profile email"}
        file = whole.secrets / "superset_oidc"
        stated = {"name": "auth0", "token_key": "access_token", "icon": "fa-key", "remote_app": app}
        file.write_text(json.dumps(stated))
        with whole.pages(port := free_port(), SUPERSET_OIDC_FILE=str(file)):
            yield server, whole.address(port)


@contextmanager
def let_in(provider: tuple[Any, str], person: str, forges: bool = False) -> Iterator[httpx.Client]:
    """A browser of someone whom the provider knows."""
    server, address = provider
    server.person, server.forges = person, forges
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60, trust_env=False) as browser:
        assert browser.get("/login/auth0").status_code == 200
        yield browser


def test_whom_a_provider_lets_in_sees_what_the_name_was_given(
    administrator: Superset, provider: tuple[Any, str], institutions: list[str]
) -> None:
    whose = f"institution-{institutions[1]}"
    make_reader(administrator, "auth0_zhang", secrets.token_urlsafe(16), "hospital", whose)
    number = administrator.numbers("chart")[identity("chart", REPORTED, "zh")]
    dataset = administrator.numbers("dataset")[identity("dataset", TABLE, "zh")]
    asked = question(dataset, columns=["institution_code"], metrics=["income"])
    with let_in(provider, "zhang") as browser:
        assert browser.get("/api/v1/me/").json()["result"]["username"] == "auth0_zhang"
        (answer,) = browser.get(f"/api/v1/chart/{number}/data/").json()["result"]
        (again,) = browser.post(DATA, json=asked).json()["result"]
    assert len(answer["data"]) == 1
    assert [row["institution_code"] for row in again["data"]] == [institutions[1]]


def test_whom_only_the_provider_knows_sees_what_everybody_sees(
    administrator: Superset, provider: tuple[Any, str]
) -> None:
    numbers = administrator.numbers("chart")
    with let_in(provider, "stranger") as browser:
        assert browser.get("/api/v1/me/").json()["result"]["username"] == "auth0_stranger"
        refused = browser.get(f"/api/v1/chart/{numbers[identity('chart', REPORTED, 'zh')]}/data/")
        (open_,) = browser.get(f"/api/v1/chart/{numbers[identity('chart', 'public_income', 'zh')]}/data/").json()[
            "result"
        ]
    assert refused.status_code in (403, 404)
    assert open_["data"]


def test_who_shows_a_forged_letter_is_not_let_in(provider: tuple[Any, str]) -> None:
    with let_in(provider, "zhang", forges=True) as browser:
        assert "username" not in browser.get("/api/v1/me/").json()["result"], "is the public"


def test_redis_answers_nobody_without_its_password_and_is_run_by_nobody(whole: Deployment) -> None:
    key = (whole.secrets / "superset_redis").read_text().partition(":")[2].split(":")[1].partition("@")[0]
    with socket.create_connection(("127.0.0.1", whole.ports["redis"]), 5) as line:
        said = []
        for words in ("PING", f"AUTH {key}", "PING", "CONFIG GET *", "SHUTDOWN"):
            line.sendall(f"{words}\r\n".encode())
            said.append(line.recv(200).split()[0])
    assert said == [b"-NOAUTH", b"+OK", b"+PONG", b"-NOPERM", b"-NOPERM"]


def test_no_secret_is_in_a_command_or_in_what_a_program_was_told(whole: Deployment) -> None:
    hidden = [
        (whole.secrets / name).read_text().strip()
        for name in (
            "superset_secret_key",
            "superset_guest_secret",
            "superset_password",
            "superset_database",
            "superset_redis",
        )
    ]
    marks = str(whole.folder).encode(), str(whole.ports["redis"]).encode()
    ours = [
        (command, environment)
        for pid, command, environment in everything()
        if pid != os.getpid() and any(mark in environment + command.encode() for mark in marks)
    ]
    for program in ("gunicorn", "celery", "redis-server"):
        assert any(program in command for command, _ in ours)
    for secret in hidden:
        assert not any(secret in command or secret.encode() in environment for command, environment in ours)


def test_a_report_that_comes_by_mail_has_rows_of_its_owner_only(
    whole: Deployment, administrator: Superset, hospital: str, institutions: list[str]
) -> None:
    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", whole.ports["mail"]), Mailbox)) as server:
        report = administrator.ask("POST", "/report/", _report(administrator, hospital))["id"]
        try:
            mail = _first(server.kept)
        finally:
            administrator.ask("DELETE", f"/report/{report}")
    (attached,) = (part for part in mail.iter_attachments() if str(part.get_filename()).endswith(".csv"))
    rows = list(csv.DictReader(io.StringIO(attached.get_content().decode("utf-8-sig"))))
    assert mail["To"] == "owner@example.org"
    assert mail["From"] == "lake@example.org"
    assert len(rows) == 1
    assert not [code for code in institutions[1:] if code in mail.as_string() or code in str(rows)]
    assert f"{whole.address()}/" in str(mail.get_body(("html",)))


def _report(administrator: Superset, owner: str) -> dict[str, object]:
    """A chart of one row an institution, every minute, to its owner."""
    return {
        "type": "Report",
        "name": "monthly",
        "active": True,
        "crontab": "* * * * *",
        "timezone": "Asia/Shanghai",
        "chart": administrator.numbers("chart")[identity("chart", REPORTED, "zh")],
        "owners": [administrator.numbers("security/users", "username")[owner]],
        "report_format": "CSV",
        "recipients": [{"type": "Email", "recipient_config_json": {"target": "owner@example.org"}}],
    }


def _first(kept: list[bytes]) -> EmailMessage:
    """The first mail; it comes within three minutes."""
    deadline = time.monotonic() + 3 * A_MINUTE
    while not kept and time.monotonic() < deadline:
        time.sleep(1)
    assert kept, "no mail came"
    found = message_from_bytes(kept[0], policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found
