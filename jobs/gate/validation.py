"""Great Expectations over a frame of measures: one validation a night, and its Data Docs.

The frame holds counters and names of points, deliveries and tables, and so do results and pages: no value of a patient
reaches this module.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from expectations.gate import Limit

INDEX = ["point", "table", "delivery"]
# Everything it says of a row that breaks a limit: the index columns and the measure.
RESULT_FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": INDEX}


@dataclass(frozen=True)
class Breach:
    """A limit that one table of one delivery breaks."""

    point: str
    delivery: str
    table: str
    limit: Limit
    value: float


@dataclass(frozen=True)
class Docs:
    """Where Data Docs go and what they are named for: a folder, the batch and its night."""

    folder: Path
    batch: str
    night: date


def validate(frame: pd.DataFrame, limits: Sequence[Limit], docs: Docs | None = None) -> list[Breach]:
    """Check every limit over all rows at once; write Data Docs where they are asked for."""
    results = run(frame, limits, docs)
    found = []
    for limit, result in zip(limits, results, strict=True):
        for place in result.get("unexpected_index_list") or []:
            value = float(place[limit.column])
            found.append(Breach(place["point"], place["delivery"], place["table"], limit, value))
    return found


def run(frame: pd.DataFrame, limits: Sequence[Limit], docs: Docs | None = None) -> list[dict[str, Any]]:
    """Results of the validation, one a limit, in the limits' order."""
    with tempfile.TemporaryDirectory() as pages:
        outcome = _checkpoint(limits, pages if docs else None).run(
            batch_parameters={"dataframe": frame}, run_id=_run_id(docs)
        )
        if docs:
            _move(Path(pages), docs.folder)
    (validation,) = outcome.run_results.values()
    by_limit = {(result.expectation_config.meta["limit"]): dict(result.result) for result in validation.results}
    if failed := [result for result in validation.results if result.exception_info.get("raised_exception")]:
        raise RuntimeError(f"{len(failed)} expectations could not be evaluated")
    return [by_limit[f"{limit.measure.name} {limit.severity}"] for limit in limits]


def _checkpoint(limits: Sequence[Limit], pages: str | None) -> Any:
    """A checkpoint over one frame, in a context that keeps nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # Read at import: nothing is sent anywhere.
    import great_expectations as gx
    from great_expectations.checkpoint.actions import UpdateDataDocsAction, ValidationAction
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        data_docs_sites={"gates": _site(pages)} if pages else {},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    frame = context.data_sources.add_pandas("ledger").add_dataframe_asset("measures")
    suite = context.suites.add(gx.ExpectationSuite(name="gates", expectations=list(_expectations(limits))))
    definition = gx.ValidationDefinition(
        name="night", data=frame.add_batch_definition_whole_dataframe("night"), suite=suite
    )
    actions: list[ValidationAction] = [UpdateDataDocsAction(name="docs")] if pages else []
    definitions = [context.validation_definitions.add(definition)]
    return context.checkpoints.add(
        gx.Checkpoint(
            name="night", validation_definitions=definitions, actions=actions, result_format=dict(RESULT_FORMAT)
        )
    )


def _expectations(limits: Sequence[Limit]) -> Iterator[Any]:
    """The limits as expectations; a measure that is null is not judged."""
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween

    for limit in limits:
        yield ExpectColumnValuesToBeBetween(
            column=limit.column,
            min_value=limit.minimum,
            max_value=limit.maximum,
            meta={"limit": f"{limit.measure.name} {limit.severity}", "severity": limit.severity},
            notes=f"{limit.severity}: {limit.measure.code}",
        )


def _site(pages: str) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": pages},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


def _run_id(docs: Docs | None) -> Any:
    """Name and time of the run come from the batch, so that a batch judged twice writes the same pages."""
    from great_expectations.core import RunIdentifier

    if docs is None:
        return None
    return RunIdentifier(run_name=docs.batch, run_time=datetime.combine(docs.night, datetime.min.time(), tzinfo=UTC))


def _move(source: Path, target: Path) -> None:
    """Put every page in its place whole; the index shows the last night, pages of earlier nights stay beside it."""
    for page in sorted(source.rglob("*")):
        if page.is_file():
            place = target / page.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{place.name}.{os.getpid()}")
            temporary.write_bytes(page.read_bytes())
            os.replace(temporary, place)
