"""Lineage of what a batch published, as OpenLineage events: which table, and which column, came from which.

It is read from the contracts: a table of the four databases from its exchange table, a mart from its SQL. Events go to
`lineage/<batch>.json` in the home, or to the address in LAKEHOUSE_LINEAGE (http or https). Names only, and no row.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import sqlglot
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset, schema_dataset
from openlineage.client.serde import Serde
from sqlglot import exp
from sqlglot.lineage import lineage

from lakehouse.files import write_whole
from lakehouse.settings import Settings
from warehouse_models import registry
from warehouse_models.contract import Column, ConformedTable
from warehouse_models.mart import MartTable

LOG = logging.getLogger("lakehouse.lineage")
NAMESPACE, PRODUCER = "lakehouse", "lakehouse/jobs/lineage"
RUNS = uuid.UUID("0f6c2f0e-6f0e-4a43-8d0a-2b7c6c9f54d1")
# Column here -> (table, column) that it comes from.
Origins = Mapping[str, list[tuple[str, str]]]


def emit(settings: Settings, batch: str) -> None:
    """Tell where every table of the four databases and every mart comes from. That nobody listens stops no night."""
    events = list(events_of(batch, datetime.now(UTC)))
    address = os.environ.get("LAKEHOUSE_LINEAGE")
    if not address:
        texts = [json.loads(Serde.to_json(event)) for event in events]
        write_whole(settings.lineage / f"{batch}.json", json.dumps(texts, ensure_ascii=False).encode())
        return
    client = OpenLineageClient(config={"transport": {"type": "http", "url": address}})
    try:
        for event in events:
            client.emit(event)
    except Exception as error:
        LOG.error("Lineage did not get through: %s", type(error).__name__)


def events_of(batch: str, at: datetime) -> Iterator[RunEvent]:
    """One event for each table, complete; the same batch tells of the same runs."""
    tables: dict[str, ConformedTable | MartTable] = {**registry.conformed(), **registry.marts()}
    for name, table in tables.items():
        origins = of_mart(table) if isinstance(table, MartTable) else of_conformed(table)
        inputs = table.inputs if isinstance(table, MartTable) else (f"exchange.{table.source.name}",)
        yield RunEvent(
            eventTime=at.isoformat(),
            eventType=RunState.COMPLETE,
            run=Run(runId=str(uuid.uuid5(RUNS, f"{batch}/{name}"))),
            job=Job(namespace=NAMESPACE, name=f"build.{name}"),
            producer=PRODUCER,
            inputs=[InputDataset(namespace=NAMESPACE, name=each) for each in inputs],
            outputs=[_output(name, table.columns, origins)],
        )


def of_conformed(table: ConformedTable) -> Origins:
    """Delivered columns come from the wire as they are or as tokens, added ones from those that they are derived of."""
    source = f"exchange.{table.source.name}"
    found = {name: [(source, wire)] for name, wire in table.origins.items()}
    wire = {column.landed_name: column.name for column in table.source.columns}
    for column in table.columns:
        if column.derive is not None:
            read = sqlglot.parse_one(column.derive, read="spark").find_all(exp.Column)
            found[column.name] = [(source, name) for name in sorted({wire[each.name] for each in read})]
    return found


def of_mart(mart: MartTable) -> Origins:
    """What each column of a mart is computed from, by its SQL; a column that only counts rows comes from none."""
    inputs = {name.rpartition(".")[2]: name for name in mart.inputs}
    sql = registry.sql_of(mart)
    for name in inputs:
        sql = sql.replace(f"{{{name}}}", name)
    known = {name: _columns(full) for name, full in inputs.items()}
    return {column.name: sorted(set(_leaves(column.name, sql, inputs, known))) for column in mart.columns}


def _columns(name: str) -> dict[str, str]:
    """The columns that a mart sees of an input; of the ledger's accounts its SQL names all that it reads."""
    table = registry.conformed().get(name)
    return {column.name: "string" for column in table.stored_columns} if table else {}


def _leaves(
    column: str, sql: str, inputs: Mapping[str, str], known: Mapping[str, dict[str, str]]
) -> Iterator[tuple[str, str]]:
    for node in lineage(column, sql, {name: found for name, found in known.items() if found}, dialect="spark").walk():
        if isinstance(node.expression, exp.Table) and node.expression.name in inputs:
            yield inputs[node.expression.name], node.name.rpartition(".")[2].strip('`"')


def _output(name: str, columns: tuple[Column, ...], origins: Origins) -> OutputDataset:
    fields = {
        column: column_lineage_dataset.Fields(
            [column_lineage_dataset.InputField(NAMESPACE, table, field) for table, field in found]
        )
        for column, found in origins.items()
        if found
    }
    described = [
        schema_dataset.SchemaDatasetFacetFields(column.name, str(column.type.value), f"{column.says_zh} {column.says}")
        for column in columns
    ]
    facets = {
        "schema": schema_dataset.SchemaDatasetFacet(described),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields),
    }
    return OutputDataset(namespace=NAMESPACE, name=name, facets=facets)
