"""What Superset refuses and protects under the project's settings, seen in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dashboards.local import ENVIRONMENT
from tests.dashboards import settings_seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("settings")
    command = [ENVIRONMENT / "bin" / "python", settings_seen.__file__, folder, ENVIRONMENT / "superset.db"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


@pytest.mark.parametrize("kind", settings_seen.BAD_SECRETS)
@pytest.mark.parametrize("variable", ["SUPERSET_SECRET_KEY", "SUPERSET_GUEST_SECRET"])
def test_a_bad_secret_refuses_to_start_and_says_what_to_do(seen: dict[str, Any], variable: str, kind: str) -> None:
    said = seen["refused"][variable][kind]
    assert said is not None
    assert said.startswith("SUPERSET-001:")
    assert variable in said
    assert "openssl rand" in said


@pytest.mark.parametrize("variable", ["SUPERSET_SECRET_KEY", "SUPERSET_GUEST_SECRET"])
def test_a_good_secret_starts(seen: dict[str, Any], variable: str) -> None:
    assert seen["refused"][variable]["good"] is None


def test_a_secret_may_stand_in_a_file_and_must_be_good_there_too(seen: dict[str, Any]) -> None:
    assert seen["files"]["good"] is None
    assert seen["files"]["short"].startswith("SUPERSET-001:")


def test_reports_are_sent_where_a_server_for_mail_is_named_and_who_sends_them(seen: dict[str, Any]) -> None:
    none, no_sender, *good = (seen["mail"][address] for address in settings_seen.MAILS)
    assert none[0] is False
    assert no_sender.startswith("SUPERSET-005:")
    assert good == [
        [True, "mail.example.org", 25, False, True, "", "", "lake@example.org"],
        [True, "127.0.0.1", 2525, False, False, "", "", "lake@example.org"],
        [True, "mail.example.org", 465, True, False, "me", "a@b", "lake@example.org"],
    ]


def test_cookies_travel_over_tls_only_and_no_script_reads_them(seen: dict[str, Any]) -> None:
    cookies = [cookie for cookie in seen["cookies"] if cookie.startswith("session=")]
    assert cookies
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax"} <= parts


def test_pages_run_no_script_but_superset_s_own(seen: dict[str, Any]) -> None:
    said = seen["headers"]["Content-Security-Policy"]
    policy = {name: set(values) for name, *values in (part.split() for part in said.split(";") if part.strip())}
    assert policy["default-src"] == {"'self'"}
    assert policy["connect-src"] == {"'self'"}
    assert policy["object-src"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'self'"}
    scripts = policy["script-src"]
    assert any(value.startswith("'nonce-") for value in scripts)
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & scripts
    assert seen["headers"]["X-Content-Type-Options"] == "nosniff"
    assert seen["headers"]["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("way", ["tries", "by_program"])
def test_whoever_tries_passwords_is_stopped_after_ten(seen: dict[str, Any], way: str) -> None:
    assert 429 not in seen[way][:10]
    assert seen[way][10:] == [429, 429]


def test_text_in_braces_is_not_worked_out(seen: dict[str, Any]) -> None:
    assert seen["template"] == "{{ 1 + 1 }}"


def test_reports_are_made_with_the_rights_of_who_asked_for_them(seen: dict[str, Any]) -> None:
    assert seen["executor"] == ["owner", "reader"]


def test_a_stored_secret_that_was_changed_is_refused(seen: dict[str, Any]) -> None:
    assert seen["stored"] == {"read": "a password", "changed": None, "said": "InvalidCiphertextError"}


def test_words_are_ours_where_superset_s_are_missing_also_before_logging_in(seen: dict[str, Any]) -> None:
    words = settings_seen.words()
    assert words
    assert {english: seen["pack"][english] for english in words} == {
        english: [chinese] for english, chinese in words.items()
    }
