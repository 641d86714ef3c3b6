"""Alerts reach a mail server and a webhook on this machine; one that does not get through stops nobody."""

from __future__ import annotations

import logging
import socketserver
from email import message_from_bytes, policy
from http.server import HTTPServer

import pytest

from jobs import alerts
from lakehouse.errors import LakehouseError
from tests.listeners import Hook, Mailbox, listening


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine is told, the test says itself."""
    for name in ("LAKEHOUSE_ALERTS_SMTP", "LAKEHOUSE_ALERTS_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)


def test_an_alert_is_logged_and_nothing_else_is_needed(caplog: pytest.LogCaptureFixture) -> None:
    alerts.tell("late", "2026-06-30", ["P001", "P002"])
    assert caplog.messages == ["[lakehouse] 前置点未按时到齐 Points are late: 2026-06-30\nP001\nP002"]


def test_an_alert_comes_by_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)) as server:
        port = server.server_address[1]
        monkeypatch.setenv(
            "LAKEHOUSE_ALERTS_SMTP", f"smtp://127.0.0.1:{port}?from=lake@example.org&to=a@example.org,b@example.org"
        )
        alerts.tell("held", "2026-06-30", ["P001/2026-06-30-0001-abcdef01"])
    (content,) = server.kept
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Subject"] == "[lakehouse] 有交付被暂缓 Deliveries are held: 2026-06-30"
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail.get_content().strip() == "P001/2026-06-30-0001-abcdef01"  # type: ignore[attr-defined]


def test_an_alert_comes_to_a_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), Hook)) as server:
        monkeypatch.setenv("LAKEHOUSE_ALERTS_WEBHOOK", f"http://127.0.0.1:{server.server_address[1]}/alerts")
        alerts.tell("deadline", "nightly")
    assert server.kept == [
        {"kind": "deadline", "about": "nightly", "lines": [], "title": alerts.Alert("deadline", "nightly", ()).title}
    ]


def test_one_way_that_fails_is_logged_without_its_address_and_the_other_is_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), Hook)) as server:
        server.status = 500
        monkeypatch.setenv(
            "LAKEHOUSE_ALERTS_SMTP", "smtp://me:secret-word@127.0.0.1:1?from=a@example.org&to=b@example.org"
        )
        monkeypatch.setenv("LAKEHOUSE_ALERTS_WEBHOOK", f"http://127.0.0.1:{server.server_address[1]}/secret-path")
        alerts.tell("failed", "2026-06-30")
    assert len(server.kept) == 1
    failures = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert failures == [
        "An alert did not get through by LAKEHOUSE_ALERTS_SMTP: ConnectionRefusedError",
        "An alert did not get through by LAKEHOUSE_ALERTS_WEBHOOK: HTTPStatusError",
    ]
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("LAKEHOUSE_ALERTS_SMTP", "mail.example.org"),
        ("LAKEHOUSE_ALERTS_SMTP", "smtp://mail.example.org?from=a@example.org"),
        ("LAKEHOUSE_ALERTS_WEBHOOK", "http://hooks.example.org/in"),
        ("LAKEHOUSE_ALERTS_WEBHOOK", "hooks"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    monkeypatch.setenv(name, address)
    with pytest.raises(LakehouseError, match=rf"ALERT-001.*{name}"):
        alerts.tell("late", "2026-06-30")
