"""How each department prescribed in a month."""

from __future__ import annotations

from warehouse_models.contract import MartTable, Type
from warehouse_models.marts import vocabulary as v

PRESCRIPTION_PROFILE = MartTable(
    name="supervision.prescription_profile",
    title="Profile of prescriptions",
    title_zh="处方概况",
    grain="month, institution, department and channel",
    key=("month", "institution_code", "department_code", "channel_code"),
    inputs=("medical_records.prescription", "medical_records.prescription_item"),
    columns=(
        v.MONTH,
        v.INSTITUTION,
        v.DEPARTMENT,
        v.CHANNEL,
        v.figure("prescriptions", Type.INTEGER, "Prescriptions written.", "处方数"),
        v.figure("items", Type.INTEGER, "Drug lines on them.", "处方明细数"),
        v.figure("drugs_per_prescription", Type.QUANTITY, "Drug lines per prescription.", "每张处方药品数"),
        v.figure(
            "over_five_drugs",
            Type.INTEGER,
            "Prescriptions, not herbal ones, with more than five lines.",
            "超五种药处方数",
        ),
        v.figure("antibiotic_prescriptions", Type.INTEGER, "Prescriptions with an antibiotic.", "抗菌药物处方数"),
        v.figure("antibiotic_rate", Type.QUANTITY, "Share of prescriptions with an antibiotic.", "抗菌药物处方比例"),
        v.figure("supply_days", Type.INTEGER, "Longest supply of each prescription, added up.", "用药天数合计", "days"),
        v.figure(
            "mean_supply_days",
            Type.QUANTITY,
            "Mean of the longest supply of each prescription that states one.",
            "平均用药天数",
            "days",
        ),
        v.figure("reviewed_prescriptions", Type.INTEGER, "Prescriptions that a pharmacist reviewed.", "已审方处方数"),
        v.figure("review_rate", Type.QUANTITY, "Share of prescriptions reviewed.", "审方率"),
        v.figure("mean_review_minutes", Type.QUANTITY, "Mean time from writing to review.", "平均审方时长", "minutes"),
        v.figure("amount", Type.MONEY, "Sum of the prescriptions.", "处方金额", "yuan"),
    ),
    definitions={
        "antibiotic_rate": "An antibiotic is a western drug whose ATC code, places 2 to 6 of the national drug code, starts with J01.",
        "over_five_drugs": "处方管理办法 (卫生部令53号) article 6.",
    },
)
