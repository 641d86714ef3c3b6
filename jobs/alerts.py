"""Alerts: a late point, a held delivery, a failed night, a deadline. Logged always; by mail and webhook where configured.

LAKEHOUSE_ALERTS_SMTP: `smtp[s]://[user:password@]host[:port]?from=<address>&to=<address>,<address>`.
LAKEHOUSE_ALERTS_WEBHOOK: an address that takes a JSON object by POST. Beyond this machine both are encrypted.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from lakehouse.errors import LakehouseError

LOG = logging.getLogger("lakehouse.alerts")
SECONDS = 10
TITLES = {
    "late": "前置点未按时到齐 Points are late",
    "away": "前置点无法访问 Points cannot be reached",
    "held": "有交付被暂缓 Deliveries are held",
    "failed": "任务失败 A task has failed",
    "deadline": "未在期限前完成 Not done by its deadline",
}


@dataclass(frozen=True)
class Alert:
    """Something that a person should know. kind: of TITLES.   about: what it happened to, a night mostly."""

    kind: str
    about: str
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        """What stands in the subject of a mail."""
        return f"[lakehouse] {TITLES[self.kind]}: {self.about}"


def tell(kind: str, about: str, lines: Sequence[str] = ()) -> None:
    """Tell people. That a mail or a call does not get through is logged and stops nobody: the night is worth more.

    Raises ALERT-001 where the configuration cannot be used."""
    alert = Alert(kind, about, tuple(lines))
    LOG.warning("%s\n%s", alert.title, "\n".join(alert.lines))
    for way, send in (("LAKEHOUSE_ALERTS_SMTP", by_mail), ("LAKEHOUSE_ALERTS_WEBHOOK", by_webhook)):
        if address := os.environ.get(way):
            try:
                send(alert, address)
            except (OSError, smtplib.SMTPException, httpx.HTTPError) as error:
                LOG.error("An alert did not get through by %s: %s", way, type(error).__name__)


def by_mail(alert: Alert, address: str) -> None:
    """Send a mail. Raises OSError or SMTPException where it does not get through, ALERT-001."""
    parts, asked = urlsplit(address), parse_qs(urlsplit(address).query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not {"from", "to"} <= set(asked):
        raise _unusable("LAKEHOUSE_ALERTS_SMTP")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = alert.title, asked["from"][0], asked["to"][0]
    mail.set_content("\n".join(alert.lines) or alert.title)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname, parts.port or 0, timeout=SECONDS) as server:
        if parts.scheme == "smtp" and not _is_here(parts.hostname):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def by_webhook(alert: Alert, address: str) -> None:
    """Call a webhook. Raises HTTPError where it does not get through, ALERT-001."""
    parts = urlsplit(address)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))):
        raise _unusable("LAKEHOUSE_ALERTS_WEBHOOK")
    httpx.post(address, json={**asdict(alert), "title": alert.title}, timeout=SECONDS).raise_for_status()


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unusable(name: str) -> LakehouseError:
    return LakehouseError(
        "ALERT-001",
        "The address for alerts cannot be used.",
        where=name,
        do="Write it as the page on running with Airflow shows it; beyond this machine it must be encrypted.",
    )
