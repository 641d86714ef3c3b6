"""What Superset does under the project's settings, as JSON; run with the Python of Superset's environment.

`python tests/dashboards/settings_seen.py FOLDER METADATA`: a folder to work in, and a prepared metadata database.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from dashboards.superset.metadata import CONFIG, environment

BAD_SECRETS = {
    "missing": None,
    "empty": "",
    "short": "k7#mQ2vX9pL4sW8z",
    "default": "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
    "example": "thisISaSECRET_1234-and-some-more-of-it",
    "monotonous": "abababababababababababababababababababab",
}
MAILS = (
    "",
    "smtp://mail.example.org",
    "smtp://mail.example.org?from=lake@example.org",
    "smtp://127.0.0.1:2525?from=lake@example.org",
    "smtps://me:a%40b@mail.example.org?from=lake@example.org",
)


CATALOGUE = CONFIG.with_name("catalogue_zh.yaml")


def words() -> dict[str, str]:
    """The project's own words for Superset's pages."""
    found: dict[str, str] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return found


def main(folder: Path, metadata: Path) -> dict[str, Any]:
    database = folder / "superset.db"
    shutil.copyfile(metadata, database)
    good = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    os.environ.update(environment(folder, f"sqlite:///{database}", *good, folder))
    refused = {name: refusals(name) for name in ("SUPERSET_SECRET_KEY", "SUPERSET_GUEST_SECRET")}
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        return {"refused": refused, "files": in_files(folder), "mail": mails(), **over_http(app), **inside(app)}


def refusals(variable: str) -> dict[str, str | None]:
    """What the settings say to each bad value of a secret; None: they accept it."""
    kept, found = os.environ[variable], {}
    for kind, value in BAD_SECRETS.items():
        os.environ.pop(variable) if value is None else os.environ.update({variable: value})
        found[kind] = refusal()
    os.environ[variable] = kept
    return found | {"good": refusal()}


def in_files(folder: Path) -> dict[str, str | None]:
    """What the settings say to a secret that stands in a file, a good one and a short one."""
    kept, file, found = os.environ.pop("SUPERSET_SECRET_KEY"), folder / "secret_key", {}
    os.environ["SUPERSET_SECRET_KEY_FILE"] = str(file)
    for kind, text in {"good": f"{kept}\n", "short": BAD_SECRETS["short"]}.items():
        file.write_text(str(text))
        found[kind] = refusal()
    os.environ.pop("SUPERSET_SECRET_KEY_FILE")
    os.environ["SUPERSET_SECRET_KEY"] = kept
    return found


def mails() -> dict[str, Any]:
    """What the settings make of addresses of servers for mail, and whether reports are on."""
    os.environ["SUPERSET_REDIS"], found = "redis://127.0.0.1:1/0", {}
    for address in MAILS:
        os.environ["SUPERSET_MAIL"] = address
        said = refusal()
        names = ("SMTP_HOST", "SMTP_PORT", "SMTP_SSL", "SMTP_STARTTLS", "SMTP_USER", "SMTP_PASSWORD", "SMTP_MAIL_FROM")
        settings = {} if said else runpy.run_path(str(CONFIG))
        on = settings.get("FEATURE_FLAGS", {}).get("ALERT_REPORTS")
        found[address] = said or [on, *(settings[name] for name in names)]
    del os.environ["SUPERSET_REDIS"], os.environ["SUPERSET_MAIL"]
    return found


def refusal() -> str | None:
    try:
        runpy.run_path(str(CONFIG))
    except SystemExit as said:
        return str(said)
    return None


def over_http(app: Any) -> dict[str, Any]:
    """Headers and cookies of a page, and what becomes of a person who tries passwords."""
    client = app.test_client()
    page = client.get("/login/", base_url="https://lakehouse.test")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    form = {"username": "a", "password": "b", "csrf_token": token and token[1]}
    same_site = {"Referer": "https://lakehouse.test/login/"}
    tries = [client.post("/login/", base_url="https://lakehouse.test", data=form, headers=same_site) for _ in range(12)]
    by_program = [
        client.post(
            "/api/v1/security/login",
            base_url="https://lakehouse.test",
            json={"username": "a", "password": "b", "provider": "db"},
        )
        for _ in range(12)
    ]
    pack = client.get("/superset/language_pack/zh/", base_url="https://lakehouse.test")
    return {
        "headers": dict(page.headers),
        "cookies": page.headers.getlist("Set-Cookie"),
        "tries": [each.status_code for each in tries],
        "by_program": [each.status_code for each in by_program],
        "pack": pack.get_json() and pack.get_json()["locale_data"]["superset"],
    }


def inside(app: Any) -> dict[str, Any]:
    """What is done with templates, reports and stored secrets."""
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import String
    from sqlalchemy.dialects import sqlite
    from superset.extensions import encrypted_field_factory
    from superset.jinja_context import get_template_processor
    from superset.models.core import Database
    from superset.reports.models import ReportSchedule
    from superset.tasks.utils import get_executor

    report = ReportSchedule(owners=[User(username="reader")])
    field, dialect = encrypted_field_factory.create(String(64)), sqlite.dialect()
    stored = field.process_bind_param("a password", dialect)
    changed = stored[:-6] + (b"A" if stored[-6:-5] != b"A" else b"B") + stored[-5:]
    try:
        found, said = field.process_result_value(changed, dialect), ""
    except Exception as error:
        found, said = None, type(error).__name__
    return {
        "template": get_template_processor(Database(database_name="x", sqlalchemy_uri="duckdb://")).process_template(
            "{{ 1 + 1 }}"
        ),
        "executor": [str(part) for part in get_executor(app.config["ALERT_REPORTS_EXECUTORS"], report)],
        "stored": {"read": field.process_result_value(stored, dialect), "changed": found, "said": said},
    }


if __name__ == "__main__":
    Path(sys.argv[1], "seen.json").write_text(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
