"""How onboarding stands on a business date: rows for the tables that are served beside the marts. No value of a patient."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa

from expectations.reasons import reasons
from jobs import ledger
from jobs.points import STATES, states
from jobs.quarantine import reasons_now
from jobs.site import load_points
from lakehouse.settings import Settings
from warehouse_models import codes
from warehouse_models.contract import Type
from warehouse_models.mart import MartTable
from warehouse_models.onboarding import POINTS, SET_ASIDE, UNMAPPED
from warehouse_models.registry import exchange

KINDS = {Type.INTEGER: pa.int32(), Type.DATE: pa.date32()}


def standing(settings: Settings, day: date) -> dict[MartTable, pa.Table]:
    """The rows of each table, as points, ledger and code lists stand now. Raises SITE-001 to SITE-003."""
    found = {POINTS: _points(settings, day), SET_ASIDE: _set_aside(settings), UNMAPPED: _unmapped(settings)}
    return {table: _shaped(table, rows) for table, rows in found.items()}


def _points(settings: Settings, day: date) -> list[dict[str, Any]]:
    points, latest = load_points(settings), ledger.latest_declared(settings, day)
    now = states(points, latest, day)
    held = Counter(verdict.point for verdict in ledger.held(settings))
    return [
        {
            "point_id": point.id,
            "institution_code": point.institution,
            "region_code": point.region,
            "point_name": point.name,
            "state_code": (state := now[point.id]),
            **dict(zip(("state_zh", "state_en"), STATES[state], strict=True)),
            "latest_on": latest.get(point.id),
            "expected_points": int(state != "later"),
            "connected_points": int(state != "later" and point.id in latest),
            "late_points": int(state == "late"),
            "silent_points": int(state == "silent"),
            "held_deliveries": held[point.id],
        }
        for point in points
    ]


def _set_aside(settings: Settings) -> list[dict[str, Any]]:
    sentences = {reason.code: reason for table in exchange().values() for reason in reasons(table)}
    by = reasons_now(settings).groupby(["point_id", "table", "reason", "column"], as_index=False)["rows"].sum()
    return [
        {
            "point_id": point,
            "table_name": table,
            "reason_code": code,
            "column_name": column,
            "reason_zh": sentences[code].says_zh,
            "reason_en": sentences[code].says,
            "remedy_zh": sentences[code].do_zh,
            "remedy_en": sentences[code].do,
            "set_aside_rows": rows,
        }
        for point, table, code, column, rows in by.itertuples(index=False)
    ]


def _unmapped(settings: Settings) -> list[dict[str, Any]]:
    """What has become known since is left out."""
    counted: Counter[tuple[str, ...]] = Counter()
    for row in ledger.unmapped(settings).to_pylist():
        if row["written"] not in codes.known_forms(row["dialect"], row["list"]):
            key = (row[name] for name in ("point_id", "dialect", "list", "written", "table", "column"))
            counted[tuple(key)] += row["rows"]
    return [{**dict(zip(UNMAPPED.key, key, strict=True)), "unmapped_rows": rows} for key, rows in counted.items()]


def _shaped(table: MartTable, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows with the contract's columns, in the order of the key."""
    fields = [pa.field(column.name, KINDS.get(column.type, pa.string())) for column in table.columns]
    made = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    return made.sort_by([(name, "ascending") for name in table.key])
