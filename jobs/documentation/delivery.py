"""The exchange standard on deliveries: the example, and what landing reads of a manifest."""

from __future__ import annotations

import json
from typing import Any

from jobs.documentation import example, json_example
from jobs.documentation.markdown import fenced
from jobs.landing.elements import LARGEST as LARGEST_ELEMENT
from jobs.landing.manifest import LARGEST, MANIFEST, FileEntry, Manifest, Period
from jobs.landing.pull import CUT_OFF, LARGEST_FILE
from jobs.landing.refusals import PLAIN_NAME
from jobs.landing.rows import BLOCK
from warehouse_models.catalogue import Catalogue
from warehouse_models.contract import ORIGINAL_EVENT_ON


def slots(catalogue: Catalogue) -> dict[str, str]:
    """What the text needs to know of deliveries."""
    declared = dict(catalogue.exchange)
    shown = (
        f"`{name}.csv.gz`, here before it is compressed:\n\n{fenced(example.csv_of(declared[name]).rstrip())}"
        for name in example.ROWS
    )
    return {
        "folder": example.FOLDER,
        "manifest": MANIFEST,
        "manifest_size": f"{LARGEST // 1024**2} MB",
        "cut_off": f"{CUT_OFF:%H:%M}",
        "largest_file": f"{LARGEST_FILE // 1024**3} GB",
        "largest_row": f"{BLOCK // 1024**2} MB",
        "plain_name": PLAIN_NAME.pattern,
        "original_event_on": ORIGINAL_EVENT_ON.name,
        "example_manifest": fenced(json.dumps(example.manifest(declared), indent=2), "json"),
        "example_files": "\n\n".join(shown),
        "json_dialect": json_example.DIALECT,
        "json_file": json_example.FILE,
        "json_example": fenced(json_example.text().rstrip(), "json"),
        "json_entries": fenced(json.dumps(json_example.entries(), indent=2), "json"),
        "largest_element": f"{LARGEST_ELEMENT // 1024**2} MB",
    }


def fields() -> list[str]:
    """Every field of a manifest, as the page names it."""
    parts: tuple[tuple[str, Any], ...] = (("", Manifest), ("files[].", FileEntry), ("period.", Period))
    return [prefix + (field.alias or name) for prefix, model in parts for name, field in model.model_fields.items()]
