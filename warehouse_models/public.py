"""What everybody may see: the whole province by month, served beside the marts. No institution is in it, and no person."""

from __future__ import annotations

from warehouse_models.contract import Type
from warehouse_models.mart import Form, MartTable
from warehouse_models.marts import vocabulary as v

OVERVIEW = MartTable(
    name="public.overview",
    title="The province by month",
    title_zh="全省各月概况",
    grain="month, of those in which enough institutions reported",
    key=("month",),
    inputs=(),
    columns=(
        v.MONTH,
        v.figure("institutions", Type.INTEGER, "Institutions with income in the month.", "有收入的医疗机构数"),
        v.figure("income", Type.MONEY, "Income after reversals.", "医疗收入", "yuan"),
        v.figure(
            "drug_income", Type.MONEY, "Income from drugs, herbal slices left out.", "药品收入（不含中药饮片）", "yuan"
        ),
        v.figure("material_income", Type.MONEY, "Income from consumables.", "卫生材料收入", "yuan"),
        v.figure("visits", Type.INTEGER, "Visits.", "就诊人次"),
        v.figure("prescriptions", Type.INTEGER, "Prescriptions written.", "处方数"),
        v.figure("antibiotic_prescriptions", Type.INTEGER, "Prescriptions with an antibiotic.", "抗菌药物处方数"),
    ),
    metrics=(
        v.total("institutions", "Institutions with income in the month.", "有收入的医疗机构数"),
        v.total("income", "Income after reversals.", "医疗收入", Form.MONEY, "yuan"),
        v.total("visits", "Visits; one that two departments charged counts in both.", "就诊人次"),
        v.total("prescriptions", "Prescriptions written.", "处方数"),
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
            ("material_income", "income"),
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
        v.quotient(
            "antibiotic_rate",
            "Share of prescriptions with an antibiotic.",
            "抗菌药物处方比例",
            ("antibiotic_prescriptions", "prescriptions"),
            definition=("prescriptions with an antibiotic / prescriptions", "含抗菌药物的处方数÷处方数"),
        ),
    ),
)
