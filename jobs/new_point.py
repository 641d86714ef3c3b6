"""A new point of the site: what must be known of it, and its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel, ValidationError

from jobs.site import Point, Transport, fault
from lakehouse.errors import LakehouseError
from lakehouse.files import write_whole
from lakehouse.settings import Settings
from warehouse_models import dialect


def kinds() -> dict[str, type[BaseModel]]:
    """Kinds of transports, with the declaration of each."""
    declarations = get_args(get_args(Transport)[0])
    return {get_args(each.model_fields["kind"].annotation)[0]: each for each in declarations}


def missing(kind: str, given: Mapping[str, str]) -> list[str]:
    """Settings that a transport of the kind needs and that are not given yet. Raises SITE-006 for an unknown kind."""
    if kind not in kinds():
        raise LakehouseError(
            "SITE-006", f"There is no transport {kind}.", do=f"Name one of {', '.join(sorted(kinds()))}."
        )
    fields = kinds()[kind].model_fields
    return [name for name, field in fields.items() if name != "kind" and field.is_required() and name not in given]


def add_point(settings: Settings, answers: Mapping[str, str], transport: Mapping[str, str]) -> Path:
    """Write the file of a new point and return it; a file that is there is never touched.

    answers: the point's fields under the names of its file.   transport: kind and settings.   Raises SITE-002 for what the
    declaration does not allow, SITE-005 for a point that there is, DIALECT-001 for an unknown dialect.
    """
    stated = {**answers, "transport": dict(transport)}
    try:
        point = Point.model_validate(stated)
    except ValidationError as error:
        raise LakehouseError("SITE-002", fault(error), do="Say it again.") from None
    dialect.load(point.dialect)
    file = settings.site / "points" / f"{point.id}.yaml"
    if file.exists():
        raise LakehouseError(
            "SITE-005", f"There is a point {point.id} already.", where=str(file), do="Choose another id."
        )
    text = yaml.safe_dump(point.model_dump(mode="json", by_alias=True), allow_unicode=True, sort_keys=False)
    write_whole(file, text.encode())
    return file
