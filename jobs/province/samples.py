"""Valid rows of every table that refer to each other, to build small provinces of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.province.catalogue import TABLES
from jobs.province.sample_cells import DAY, DEFAULTS, PHARMACIST, Row

Rows = dict[str, list[Row]]


def row(table: str, **overrides: str | None) -> Row:
    """A valid row of a table, all its columns, with what the test says otherwise. The defaults refer to each other.

    Raises KeyError for a column that the table does not have.
    """
    columns = {column.name: DEFAULTS[table].get(column.name) for column in TABLES[table].columns}
    unknown = set(overrides) - set(columns)
    if unknown:
        raise KeyError(f"{table} has no {sorted(unknown)}")
    return {**columns, **overrides}


def registers() -> Rows:
    """What must be known before a visit counts: institution, physician, pharmacist, drug, patient."""
    names = ("institution", "practitioner", "practitioner_registration", "drug_catalogue", "person")
    rows: Rows = {name: [row(name)] for name in names}
    rows["practitioner"].append(row("practitioner", **PHARMACIST))
    return rows


def visit(encounter_id: str, day: str = DAY, **encounter: str | None) -> Rows:
    """A visit with diagnosis, prescription, item and two charges; all times fall on `day`, ids begin with the visit's.

    encounter: what the visit's own row says otherwise, such as `updated_at`.
    """
    visited = row("encounter", **{**_on(day, "encounter"), "encounter_id": encounter_id, **encounter})
    version = {"updated_at": visited["updated_at"]}
    ids = {"encounter_id": encounter_id, "prescription_id": f"{encounter_id}-R"}

    def child(table: str, **said: str | None) -> Row:
        own = {name: value for name, value in ids.items() if name in row(table)}
        return row(table, **{**_on(day, table), **own, **version, **said})

    drugs = {"charge_type_code": "09", "item_code": "Y001", "quantity": "2", "unit_price": "25.00", "amount": "50.00"}
    return {
        "encounter": [visited],
        "encounter_diagnosis": [child("encounter_diagnosis")],
        "prescription": [child("prescription")],
        "prescription_item": [child("prescription_item")],
        "charge_item": [
            child("charge_item", charge_id=f"{encounter_id}-C1", prescription_id=None),
            child("charge_item", charge_id=f"{encounter_id}-C2", **drugs),
        ],
    }


def _on(day: str, table: str) -> Row:
    """The default times of a row, on another day."""
    defaults = DEFAULTS[table].items()
    return {name: value.replace(DAY, day) for name, value in defaults if value and value.startswith(DAY)}


def deletion_of(rows: Mapping[str, Sequence[Row]], updated_at: str = f"{DAY} 20:00:00") -> Rows:
    """Rows of a deletion that takes back the given rows."""
    deletions: Rows = {}
    for name, gone in rows.items():
        table = TABLES[name]
        deletions[name] = [{key: each[key] for key in table.key} for each in gone]
        for deletion, each in zip(deletions[name], gone, strict=True):
            if table.month_of is not None:
                deletion["original_event_on"] = (each[table.month_of] or "")[:10]
            deletion["updated_at"] = updated_at
    return deletions
