"""What each department earned in a month, by kind of charge."""

from __future__ import annotations

from warehouse_models.contract import MartTable, Type
from warehouse_models.marts import vocabulary as v

INCOME_COMPOSITION = MartTable(
    name="spending.income_composition",
    title="Composition of income",
    title_zh="医疗收入构成",
    grain="month, institution, department, channel and bucket of charges",
    key=("month", "institution_code", "department_code", "channel_code", "charge_bucket"),
    inputs=("medical_records.charge_item",),
    columns=(
        v.MONTH,
        v.INSTITUTION,
        v.DEPARTMENT,
        v.CHANNEL,
        v.dimension(
            "charge_bucket", "Bucket of charge types: drug, material, examination, service, other.", "费用大类"
        ),
        v.figure("income", Type.MONEY, "Income after reversals.", "收入", "yuan"),
        v.figure(
            "reversed", Type.MONEY, "Part of the income that reversals took back; zero or negative.", "冲销金额", "yuan"
        ),
        v.figure("charges", Type.INTEGER, "Lines charged or reversed.", "收费明细数"),
        v.figure("encounters", Type.INTEGER, "Visits with such a charge.", "就诊人次"),
        v.figure(
            "total_income",
            Type.MONEY,
            "Income of the department and channel in the month, all buckets.",
            "总收入",
            "yuan",
        ),
        v.figure(
            "income_share",
            Type.QUANTITY,
            "Share of the bucket in the total income; empty when that is zero.",
            "收入占比",
        ),
        v.figure(
            "drug_share",
            Type.QUANTITY,
            "Share of drugs, herbal slices left out, in the total income.",
            "药占比（不含中药饮片）",
        ),
        v.figure("material_share", Type.QUANTITY, "Share of consumables in the total income.", "卫生材料占比"),
    ),
    definitions={
        "drug_share": "(western + proprietary Chinese drugs) / medical income: indicator 14 of 国卫体改发〔2015〕89号.",
        "material_share": "materials / medical income: indicator 16 of 国卫体改发〔2015〕89号.",
    },
)
