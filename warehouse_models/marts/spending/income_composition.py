"""What each department earned in a month, by kind of charge."""

from __future__ import annotations

from warehouse_models.contract import Type
from warehouse_models.mart import Form, MartTable
from warehouse_models.marts import vocabulary as v

INCOME_COMPOSITION = MartTable(
    name="spending.income_composition",
    title="Composition of income",
    title_zh="医疗收入构成",
    grain="month, institution, department, channel and bucket of charges",
    key=("month", "institution_code", "department_code", "channel_code", "charge_bucket_code"),
    inputs=("medical_records.charge_item",),
    columns=(
        v.MONTH,
        v.INSTITUTION,
        v.DEPARTMENT,
        v.CHANNEL,
        v.dimension("charge_bucket_code", "Bucket of charge types.", "费用大类", Type.CODE, "charge_bucket"),
        v.figure("income", Type.MONEY, "Income after reversals.", "收入", "yuan"),
        v.figure(
            "reversed", Type.MONEY, "Part of the income that reversals took back; zero or negative.", "冲销金额", "yuan"
        ),
        v.figure(
            "drug_income", Type.MONEY, "Income from drugs, herbal slices left out.", "药品收入（不含中药饮片）", "yuan"
        ),
        v.figure("charges", Type.INTEGER, "Lines charged or reversed.", "收费明细数"),
        v.figure("encounters", Type.INTEGER, "Visits with such a charge.", "有该类费用的就诊人次"),
        v.figure(
            "visits",
            Type.INTEGER,
            "Visits of the department and channel, each in its first bucket only, so that they may be added up.",
            "就诊人次",
        ),
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
    metrics=(
        v.total("income", "Income after reversals.", "收入", Form.MONEY, "yuan"),
        v.total("reversed", "Income that reversals took back.", "冲销金额", Form.MONEY, "yuan"),
        v.total("charges", "Lines charged or reversed.", "收费明细数"),
        v.total("visits", "Visits; one that two departments charged counts in both.", "就诊人次"),
        v.quotient(
            "drug_share",
            "Share of drugs, herbal slices left out, in the income.",
            "药占比（不含中药饮片）",
            ("drug_income", "income"),
            definition=(
                "(western + proprietary Chinese drugs) / medical income: indicator 14 of 国卫体改发〔2015〕89号.",
                "（西药收入＋中成药收入）÷医疗收入，国卫体改发〔2015〕89号指标14。",
            ),
        ),
        v.quotient(
            "material_share",
            "Share of consumables in the income.",
            "卫生材料占比",
            ("CASE WHEN charge_bucket_code = 'material' THEN income ELSE 0 END", "income"),
            definition=(
                "materials / medical income: indicator 16 of 国卫体改发〔2015〕89号.",
                "卫生材料收入÷医疗收入，国卫体改发〔2015〕89号指标16。",
            ),
        ),
        v.quotient(
            "income_per_visit",
            "Income per visit.",
            "次均费用",
            ("income", "visits"),
            Form.MONEY,
            "yuan",
            ("income / visits, reversals taken off.", "收入÷就诊人次，已扣除冲销。"),
        ),
    ),
)
