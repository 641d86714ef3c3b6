"""Prescriptions, with their signature, review and dispensing, as a point delivers them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

PRESCRIPTION = ExchangeTable(
    name="prescription",
    title="Prescriptions",
    title_zh="处方",
    grain="one row per prescription",
    key=("prescription_id",),
    month_of="issued_at",
    amount="amount",
    columns=(
        v.PRESCRIPTION_ID,
        v.ENCOUNTER_ID,
        v.PATIENT_ID,
        v.INSTITUTION_CODE,
        v.DEPARTMENT_CODE,
        replace(v.PRACTITIONER_ID, says="Staff number of the prescriber.", says_zh="开方医师工号"),
        v.CHANNEL_CODE,
        Column(
            "prescription_type_code",
            Type.CODE,
            "Western, proprietary Chinese or herbal.",
            "处方类型",
            required=True,
            codes="prescription_type",
        ),
        v.flag("is_long_term", "A long-term prescription for a stable chronic illness.", "是否长期处方"),
        Column("issued_at", Type.TIME, "When the prescription was written.", "开方时间", required=True),
        Column(
            "valid_days",
            Type.INTEGER,
            "Days for which it is valid.",
            "处方有效天数",
            minimum=Decimal(1),
            maximum=Decimal(90),
            unit="days",
        ),
        v.SIGNATURE_NUMBER,
        v.SIGNED_AT,
        Column("reviewer_id", Type.TEXT, "Staff number of the reviewing pharmacist.", "审方药师工号"),
        Column("reviewed_at", Type.TIME, "When the pharmacist reviewed it.", "审方时间"),
        Column("review_result_code", Type.CODE, "Result of the review.", "审方结果", codes="review_result"),
        v.flag("is_rational", "Judged rational by the hospital's system.", "是否合理用药"),
        Column(
            "long_supply_reason_code",
            Type.CODE,
            "Why more days than usual are supplied.",
            "超量用药理由",
            codes="long_supply_reason",
        ),
        Column("dispensed_at", Type.TIME, "When the drugs were handed out or sent.", "发药时间"),
        Column("delivery_type_code", Type.CODE, "How the drugs reach the patient.", "取药方式", codes="delivery_type"),
        Column(
            "status_code",
            Type.CODE,
            "Whether the prescription is in force.",
            "处方状态",
            required=True,
            codes="prescription_status",
        ),
        v.flag("is_paid", "The prescription is paid.", "是否已支付"),
        v.amount("Sum of the prescription.", "处方金额", -1_000_000, 1_000_000),
        v.UPDATED_AT,
    ),
    parents=(
        Parent("encounter", ("encounter_id",)),
        Parent("practitioner", ("practitioner_id",)),
    ),
)
