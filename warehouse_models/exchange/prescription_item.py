"""Drugs on prescriptions, as a point delivers them."""

from __future__ import annotations

from decimal import Decimal

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

PRESCRIPTION_ITEM = ExchangeTable(
    name="prescription_item",
    title="Items of prescriptions",
    title_zh="处方明细",
    grain="one row per prescription and drug line",
    key=("prescription_id", "item_number"),
    month_of="issued_at",
    amount="amount",
    columns=(
        v.PRESCRIPTION_ID,
        Column(
            "item_number",
            Type.INTEGER,
            "Number of the line within the prescription, from 1.",
            "明细序号",
            required=True,
            minimum=Decimal(1),
            maximum=Decimal(999),
        ),
        Column("drug_code", Type.TEXT, "Code of the drug in the hospital.", "院内药品代码", required=True),
        v.NATIONAL_DRUG_CODE,
        Column(
            "group_number",
            Type.INTEGER,
            "Lines given together share a number.",
            "组号",
            minimum=Decimal(1),
            maximum=Decimal(999),
        ),
        Column("dose", Type.QUANTITY, "Dose of one taking.", "每次剂量", minimum=Decimal(0), maximum=Decimal(100_000)),
        Column("dose_unit", Type.TEXT, "Unit of the dose.", "剂量单位"),
        Column("frequency_code", Type.CODE, "How often it is taken.", "用药频次", codes="frequency"),
        Column("route_code", Type.CODE, "How it is taken.", "用药途径", codes="route"),
        Column(
            "supply_days",
            Type.INTEGER,
            "Days of supply.",
            "用药天数",
            minimum=Decimal(0),
            maximum=Decimal(366),
            unit="days",
        ),
        v.QUANTITY,
        Column("quantity_unit", Type.TEXT, "Unit of the quantity.", "数量单位"),
        v.UNIT_PRICE,
        v.amount("Sum of the line.", "明细金额", -1_000_000, 1_000_000),
        Column("issued_at", Type.TIME, "When the prescription was written.", "开方时间", required=True),
        v.UPDATED_AT,
    ),
    parents=(
        Parent("prescription", ("prescription_id",)),
        Parent("drug_catalogue", ("drug_code",)),
    ),
)
