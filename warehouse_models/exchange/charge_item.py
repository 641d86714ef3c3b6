"""Charges, as a point delivers them."""

from __future__ import annotations

from dataclasses import replace

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

CHARGE_ITEM = ExchangeTable(
    name="charge_item",
    title="Charges",
    title_zh="收费明细",
    grain="one row per line charged or reversed",
    key=("charge_id",),
    month_of="charged_at",
    amount="amount",
    columns=(
        Column("charge_id", Type.TEXT, "Number of the line charged.", "收费明细流水号", required=True),
        v.ENCOUNTER_ID,
        replace(v.PRESCRIPTION_ID, required=False),
        v.INSTITUTION_CODE,
        replace(v.DEPARTMENT_CODE, says="Category of the department that earned the charge.", says_zh="开单科室类别"),
        v.PRACTITIONER_ID,
        v.CHANNEL_CODE,
        Column(
            "charge_type_code",
            Type.CODE,
            "Kind of charge, NHSA med_chrgitm_type.",
            "收费类别",
            required=True,
            codes="charge_type",
        ),
        Column("item_code", Type.TEXT, "Code of the item in the hospital.", "院内项目代码", required=True),
        Column(
            "national_item_code",
            Type.TEXT,
            "National code of the service item, drug or consumable.",
            "国家医保编码",
            pattern=r"00[1-4]\d{12}|[XZ][0-9A-Z]{19,22}|T\d{9}|C\d{18,20}",
        ),
        v.QUANTITY,
        v.UNIT_PRICE,
        v.amount("Sum charged; negative in a reversal.", "收费金额", -1_000_000, 1_000_000),
        Column(
            "fund_level_code",
            Type.CODE,
            "How far the insurance fund pays: class A, B or C.",
            "医保目录等级",
            codes="fund_level",
        ),
        v.flag("is_self_paid", "The patient pays the whole line.", "是否自费"),
        Column("reversal_of", Type.TEXT, "Line that this one reverses.", "冲销原流水号"),
        Column("charged_at", Type.TIME, "When the line was charged.", "收费时间", required=True),
        v.UPDATED_AT,
    ),
    parents=(Parent("encounter", ("encounter_id",)),),
)
