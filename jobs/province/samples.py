"""Valid rows of every table that refer to each other, to build small provinces of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jobs.province.catalogue import TABLES
from jobs.province.check_digits import credit_code, organization_code, resident_number

Row = dict[str, str | None]
Rows = dict[str, list[Row]]

DAY = "2026-06-30"
INSTITUTION_CODE = organization_code("43210001") + "632701" + "22" + "A100" + "1"

_VERSION: Row = {"updated_at": f"{DAY} 18:00:00"}
_PLACE: Row = {"institution_code": INSTITUTION_CODE, "department_code": "03"}
_CERTIFICATE: Row = {"certificate_type_code": "01", "certificate_number": resident_number("63270119800512301")}
_DEFAULTS: Mapping[str, Row] = {
    "institution": {
        "institution_code": INSTITUTION_CODE,
        "credit_code": credit_code("12632700" + organization_code("43210001")),
        "institution_name": "玉树州人民医院",
        "class_code": "A100",
        "level_code": "3",
        "grade_code": "2",
        "region_code": "632701",
        "licence_number": "PDY00001063270117A1001",
        "licence_valid_from": "2020-01-01",
        "licence_valid_to": "2034-12-31",
        "has_internet_service": "1",
        "security_level": "3",
        "security_assessed_on": "2026-03-01",
        "updated_at": "2026-06-01 08:00:00",
    },
    "practitioner": {
        "practitioner_id": "D001",
        "practitioner_name": "才让多杰",
        "certificate_type_code": "01",
        "certificate_number": resident_number("63270119750203451"),
        "sex_code": "1",
        "birth_date": "1975-02-03",
        "phone": "13900000001",
        "staff_category_code": "11",
        "practice_category_code": "1",
        "title_code": "232",
        "qualification_number": "200163110632701197502034",
        "licence_number": "110630000000001",
        "first_registered_on": "2001-09-01",
        "department_code": "03",
        "subject_code": "03.04",
        "is_active": "1",
        "updated_at": "2026-06-01 08:00:00",
    },
    "practitioner_registration": {
        "practitioner_id": "D001",
        "institution_code": INSTITUTION_CODE,
        "is_primary": "1",
        "registered_from": "2001-09-01",
        "subject_code": "03.04",
        "updated_at": "2026-06-01 08:00:00",
    },
    "drug_catalogue": {
        "drug_code": "Y001",
        "drug_name": "硝苯地平控释片",
        "drug_class_code": "0601",
        "dosage_form_code": "05",
        "specification": "30mg",
        "pack": "7片/盒",
        "manufacturer": "某某药业有限公司",
        "unit_price": "25.00",
        "defined_daily_dose": "30",
        "is_essential": "1",
        "is_otc": "0",
        "is_in_use": "1",
        "updated_at": "2026-06-01 08:00:00",
    },
    "person": {
        "patient_id": "100001",
        **_CERTIFICATE,
        "name": "扎西卓玛",
        "sex_code": "1",
        "birth_date": "1980-05-12",
        "ethnic_code": "04",
        "marital_code": "20",
        "phone": "13800000001",
        "address": "玉树市结古街道胜利路1号",
        "region_code": "632701",
        "card_type_code": "1",
        "card_number": "K100001",
        "insurance_type_code": "390",
        "registered_at": "2026-06-01 09:00:00",
        "updated_at": "2026-06-01 09:00:00",
    },
    "encounter": {
        "encounter_id": "V001",
        "patient_id": "100001",
        **_CERTIFICATE,
        **_PLACE,
        "subject_code": "03.04",
        "practitioner_id": "D001",
        "channel_code": "1",
        "visit_type_code": "1",
        "is_follow_up": "0",
        "card_type_code": "1",
        "card_number": "K100001",
        "insurance_type_code": "390",
        "applied_at": f"{DAY} 08:40:00",
        "consented_at": f"{DAY} 08:45:00",
        "authenticated_at": f"{DAY} 08:50:00",
        "started_at": f"{DAY} 09:00:00",
        "ended_at": f"{DAY} 09:10:00",
        "is_answered": "1",
        "is_guided_offline": "0",
        "has_process_record": "1",
        **_VERSION,
    },
    "encounter_diagnosis": {
        "encounter_id": "V001",
        "diagnosis_number": "1",
        "diagnosis_role_code": "1",
        "diagnosis_code": "I10.x00x002",
        "diagnosed_at": f"{DAY} 09:05:00",
        **_VERSION,
    },
    "prescription": {
        "prescription_id": "R001",
        "encounter_id": "V001",
        "patient_id": "100001",
        **_PLACE,
        "practitioner_id": "D001",
        "channel_code": "1",
        "prescription_type_code": "1",
        "is_long_term": "0",
        "issued_at": f"{DAY} 09:08:00",
        "valid_days": "1",
        "signature_number": "CA0000000001",
        "signed_at": f"{DAY} 09:08:30",
        "reviewer_id": "A001",
        "reviewed_at": f"{DAY} 09:15:00",
        "review_result_code": "1",
        "is_rational": "1",
        "dispensed_at": f"{DAY} 09:30:00",
        "delivery_type_code": "0",
        "status_code": "1",
        "is_paid": "1",
        "amount": "50.00",
        **_VERSION,
    },
    "prescription_item": {
        "prescription_id": "R001",
        "item_number": "1",
        "drug_code": "Y001",
        "group_number": "1",
        "dose": "30",
        "dose_unit": "mg",
        "frequency_code": "9",
        "route_code": "1",
        "supply_days": "14",
        "quantity": "2",
        "quantity_unit": "盒",
        "unit_price": "25.00",
        "amount": "50.00",
        "issued_at": f"{DAY} 09:08:00",
        **_VERSION,
    },
    "charge_item": {
        "charge_id": "C001",
        "encounter_id": "V001",
        **_PLACE,
        "practitioner_id": "D001",
        "channel_code": "1",
        "charge_type_code": "02",
        "item_code": "110200001",
        "quantity": "1",
        "unit_price": "12.00",
        "amount": "12.00",
        "fund_level_code": "01",
        "is_self_paid": "0",
        "charged_at": f"{DAY} 08:42:00",
        **_VERSION,
    },
}
_PHARMACIST: Row = {
    "practitioner_id": "A001",
    "practitioner_name": "李敏",
    "certificate_number": resident_number("63270119880707242"),
    "sex_code": "2",
    "birth_date": "1988-07-07",
    "phone": "13900000002",
    "staff_category_code": "31",
    "practice_category_code": None,
    "title_code": "243",
    "department_code": "69",
    "subject_code": None,
}


def row(table: str, **overrides: str | None) -> Row:
    """A valid row of a table, all its columns, with what the test says otherwise. The defaults refer to each other.

    Raises KeyError for a column that the table does not have.
    """
    columns = {column.name: _DEFAULTS[table].get(column.name) for column in TABLES[table].columns}
    unknown = set(overrides) - set(columns)
    if unknown:
        raise KeyError(f"{table} has no {sorted(unknown)}")
    return {**columns, **overrides}


def registers() -> Rows:
    """What must be known before a visit counts: institution, physician, pharmacist, drug, patient."""
    names = ("institution", "practitioner", "practitioner_registration", "drug_catalogue", "person")
    rows: Rows = {name: [row(name)] for name in names}
    rows["practitioner"].append(row("practitioner", **_PHARMACIST))
    return rows


def visit(encounter_id: str, day: str = DAY, **encounter: str | None) -> Rows:
    """A visit with diagnosis, prescription, item and two charges; all times fall on `day`, ids begin with the visit's.

    encounter: what the visit's own row says otherwise, such as `updated_at`.
    """
    visited = row("encounter", **_on(day, "encounter"), **{"encounter_id": encounter_id, **encounter})
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
    defaults = _DEFAULTS[table].items()
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
