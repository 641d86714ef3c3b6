"""Physicians, pharmacists, nurses and technicians, as a point files them."""

from __future__ import annotations

from dataclasses import replace

from warehouse_models.contract import Column, ExchangeTable, Type
from warehouse_models.exchange import vocabulary as v

PRACTITIONER = ExchangeTable(
    name="practitioner",
    title="Practitioners",
    title_zh="卫生人员",
    grain="one row per member of staff",
    key=("practitioner_id",),
    columns=(
        replace(v.PRACTITIONER_ID, says="Staff number.", says_zh="工号"),
        Column(
            "practitioner_name", Type.TEXT, "Name, as the public register shows it.", "姓名", required=True, level=2
        ),
        v.CERTIFICATE_TYPE,
        v.CERTIFICATE_NUMBER,
        v.SEX_CODE,
        v.BIRTH_DATE,
        v.PHONE,
        Column(
            "staff_category_code",
            Type.CODE,
            "Category of staff.",
            "人员类别",
            required=True,
            codes="staff_category",
            level=1,
        ),
        Column(
            "practice_category_code",
            Type.CODE,
            "Category of practice of a physician.",
            "执业类别",
            codes="practice_category",
            level=1,
        ),
        Column(
            "title_code",
            Type.CODE,
            "Professional title, GB/T 8561.",
            "专业技术职务",
            codes="professional_title",
            level=1,
        ),
        Column("qualification_number", Type.TEXT, "Number of the qualification certificate.", "资格证书编号", level=2),
        Column("licence_number", Type.TEXT, "Number of the practice certificate.", "执业证书编号", level=2),
        Column("first_registered_on", Type.DATE, "First registration to practice.", "首次执业注册日期", level=2),
        v.DEPARTMENT_CODE,
        v.SUBJECT_CODE,
        v.flag("is_active", "Works at the institution now.", "是否在岗", required=True, level=1),
        v.UPDATED_AT,
    ),
)
