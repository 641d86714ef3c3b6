"""All assets of both languages as one bundle that Superset imports: the same bytes for the same declarations."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from dashboards.charts import chart
from dashboards.datasets import DATABASES, database, dataset, tables
from dashboards.declared import charts, pages
from dashboards.pages import HEAD, page, slug
from warehouse_models.served import LANGUAGES

ADDRESS = "duckdb:///"  # Each reader's connection opens that reader's file: dashboards/superset/tenancy.py.
STAMP = (2020, 1, 1, 0, 0, 0)  # A bundle tells of no clock.


def render(address: str = ADDRESS) -> dict[str, Any]:
    """Path in the bundle -> what stands there. address: SQLAlchemy address of the served tables; names of schemas and
    tables are the same in every engine."""
    found: dict[str, Any] = {"metadata.yaml": {"version": "1.0.0", "type": "assets"}}
    for language in LANGUAGES:
        found |= dict(_assets(language, address))
    return found


def _assets(language: str, address: str) -> Iterator[tuple[str, Any]]:
    name = DATABASES[language]
    yield f"databases/{name}.yaml", database(language, address)
    shown = [*HEAD, *(each for declared in pages().values() for each in declared.charts)]
    for table in sorted({charts()[each].table for each in shown}):
        yield f"datasets/{name}/{table}.yaml", dataset(tables()[table], language)
    for each in dict.fromkeys(shown):
        yield f"charts/{each}_{language}.yaml", chart(each, charts()[each], language)
    for each, declared in pages().items():
        yield f"dashboards/{slug(each, language)}.yaml", page(each, declared, language)


def packed(assets: Mapping[str, Any]) -> bytes:
    """The bundle as a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path, content in assets.items():
            bundle.writestr(zipfile.ZipInfo(f"bundle/{path}", STAMP), text(content))
    return buffer.getvalue()


def text(content: Any) -> str:
    """An asset as YAML."""
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=True, width=120)
