"""What everybody may see: the whole province by month, served beside the marts. No institution is in it, and no person."""

from __future__ import annotations

from dataclasses import replace

from warehouse_models.contract import Type
from warehouse_models.mart import MartTable
from warehouse_models.marts import vocabulary as v
from warehouse_models.marts.spending.income_composition import INCOME_COMPOSITION
from warehouse_models.marts.supervision.prescription_profile import PRESCRIPTION_PROFILE

# Figures mean here what they mean of the marts; their columns have the same names, but for that of consumables.
OF_MARTS = {metric.name: metric for mart in (INCOME_COMPOSITION, PRESCRIPTION_PROFILE) for metric in mart.metrics}

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
        *(
            OF_MARTS[name]
            for name in ("income", "visits", "prescriptions", "drug_share", "income_per_visit", "antibiotic_rate")
        ),
        replace(OF_MARTS["material_share"], sql=v.quotient("", "", "", ("material_income", "income")).sql),
    ),
)
