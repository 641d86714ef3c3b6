"""How each department prescribed in a month."""

from __future__ import annotations

from warehouse_models.contract import Type
from warehouse_models.mart import Form, MartTable
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
        v.figure("supplied_prescriptions", Type.INTEGER, "Prescriptions that state a supply.", "注明用药天数的处方数"),
        v.figure(
            "mean_supply_days",
            Type.QUANTITY,
            "Mean of the longest supply of each prescription that states one.",
            "平均用药天数",
            "days",
        ),
        v.figure("reviewed_prescriptions", Type.INTEGER, "Prescriptions that a pharmacist reviewed.", "已审方处方数"),
        v.figure("review_rate", Type.QUANTITY, "Share of prescriptions reviewed.", "审方率"),
        v.figure("review_minutes", Type.QUANTITY, "Time from writing to review, added up.", "审方时长合计", "minutes"),
        v.figure("mean_review_minutes", Type.QUANTITY, "Mean time from writing to review.", "平均审方时长", "minutes"),
        v.figure("amount", Type.MONEY, "Sum of the prescriptions.", "处方金额", "yuan"),
    ),
    metrics=(
        v.total("prescriptions", "Prescriptions written.", "处方数"),
        v.total("items", "Drug lines.", "处方明细数"),
        v.total("amount", "Sum of the prescriptions.", "处方金额", Form.MONEY, "yuan"),
        v.total(
            "over_five_drugs",
            "Prescriptions with more than five lines.",
            "超五种药处方数",
            definition=(
                "Prescriptions, not herbal ones, with more than five drugs: 处方管理办法 (卫生部令53号) article 6.",
                "超过五种药品的处方（中药饮片处方除外），《处方管理办法》第六条。",
            ),
        ),
        v.quotient(
            "drugs_per_prescription",
            "Drug lines per prescription.",
            "每张处方药品数",
            ("items", "prescriptions"),
            Form.QUANTITY,
            definition=("lines / prescriptions", "处方明细数÷处方数"),
        ),
        v.quotient(
            "antibiotic_rate",
            "Share of prescriptions with an antibiotic.",
            "抗菌药物处方比例",
            ("antibiotic_prescriptions", "prescriptions"),
            definition=(
                "prescriptions with an antibiotic / prescriptions; J01 begins the ATC code in places 2 to 6 of the drug code",
                "含抗菌药物的处方数÷处方数；国家药品编码第2至6位为 ATC 编码，以 J01 开头",
            ),
        ),
        v.quotient(
            "mean_supply_days",
            "Mean of the longest supply.",
            "平均用药天数",
            ("supply_days", "supplied_prescriptions"),
            Form.QUANTITY,
            "days",
            ("longest supply of each prescription that states one, averaged", "每张注明用药天数的处方取最长天数后平均"),
        ),
        v.quotient(
            "review_rate",
            "Share of prescriptions reviewed.",
            "审方率",
            ("reviewed_prescriptions", "prescriptions"),
            definition=("reviewed prescriptions / prescriptions", "已审方处方数÷处方数"),
        ),
        v.quotient(
            "mean_review_minutes",
            "Mean time from writing to review.",
            "平均审方时长",
            ("review_minutes", "reviewed_prescriptions"),
            Form.QUANTITY,
            "minutes",
            ("minutes from writing to review / reviewed prescriptions", "开方至审方的分钟数÷已审方处方数"),
        ),
    ),
)
