"""Words of Superset's pages in Chinese, with ours where Superset's own are missing or wrong. Runs inside of Superset.

Everybody may read them, also before logging in: they are words and nothing else.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Flask, Response, request
from superset.translations.utils import get_language_pack

CATALOGUE = Path(__file__).with_name("catalogue_zh.yaml")
LANGUAGE = "zh"


def ship(app: Flask) -> None:
    """Answer the pages' question for Chinese with the amended pack."""

    def amended() -> Response | None:
        asked = (request.view_args or {}).get("lang")
        if request.endpoint != "Superset.language_pack" or asked != LANGUAGE:
            return None
        return Response(pack(), mimetype="application/json", headers={"Cache-Control": "private, max-age=3600"})

    app.before_request(amended)


@cache
def pack() -> str:
    """Superset's own pack with our words in it."""
    found: dict[str, Any] = deepcopy(get_language_pack(LANGUAGE))  # Superset keeps its own.
    found["locale_data"]["superset"] |= {english: [chinese] for english, chinese in catalogue().items()}
    return json.dumps(found, ensure_ascii=False)


def catalogue() -> dict[str, str]:
    """Our words: English as Superset's code has it, to Chinese."""
    words: dict[str, str] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return words
