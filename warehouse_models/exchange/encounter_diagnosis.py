"""Diagnoses of visits, as a point delivers them."""

from __future__ import annotations

from decimal import Decimal

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

ENCOUNTER_DIAGNOSIS = ExchangeTable(
    name="encounter_diagnosis",
    title="Diagnoses of visits",
    title_zh="就诊诊断",
    grain="one row per visit and diagnosis",
    key=("encounter_id", "diagnosis_number"),
    month_of="diagnosed_at",
    columns=(
        v.ENCOUNTER_ID,
        Column(
            "diagnosis_number",
            Type.INTEGER,
            "Number of the diagnosis within the visit, from 1.",
            "诊断序号",
            required=True,
            minimum=Decimal(1),
            maximum=Decimal(99),
        ),
        Column(
            "diagnosis_role_code",
            Type.CODE,
            "Main, other, or the earlier diagnosis that a follow-up rests on.",
            "诊断类别",
            required=True,
            codes="diagnosis_role",
        ),
        Column(
            "diagnosis_code",
            Type.CODE,
            "Diagnosis, ICD-10 clinical edition.",
            "诊断编码",
            required=True,
            codes="icd10",
            level=4,
        ),
        Column("diagnosed_at", Type.TIME, "When the diagnosis was made.", "诊断时间", required=True),
        v.UPDATED_AT,
    ),
    parents=(Parent("encounter", ("encounter_id",)),),
)
