"""Medical institutions, as a point files them."""

from __future__ import annotations

from warehouse_models.contract import Column, ExchangeTable, Type
from warehouse_models.exchange import vocabulary as v

INSTITUTION = ExchangeTable(
    name="institution",
    title="Institutions",
    title_zh="医疗机构",
    grain="one row per institution that the point speaks for",
    key=("institution_code",),
    columns=(
        v.INSTITUTION_CODE,
        Column(
            "credit_code",
            Type.TEXT,
            "Unified social credit code, GB 32100.",
            "统一社会信用代码",
            required=True,
            pattern=r"[0-9A-HJ-NP-RTUWXY]{18}",
            level=1,
        ),
        Column("institution_name", Type.TEXT, "Registered name.", "机构名称", required=True, level=1),
        Column("second_name", Type.TEXT, "Second name, such as that of the Internet hospital.", "第二名称", level=1),
        Column(
            "class_code",
            Type.CODE,
            "Class of institution, WS 218.",
            "机构分类",
            required=True,
            codes="institution_class",
            level=1,
        ),
        Column(
            "level_code",
            Type.CODE,
            "Level of the hospital.",
            "医院级别",
            required=True,
            codes="hospital_level",
            level=1,
        ),
        Column("grade_code", Type.CODE, "Grade within the level.", "医院等次", codes="hospital_grade", level=1),
        Column(
            "region_code",
            Type.CODE,
            "Administrative division, GB/T 2260.",
            "行政区划",
            required=True,
            codes="region",
            level=1,
        ),
        Column("licence_number", Type.TEXT, "Number of the practice license.", "执业许可证号", required=True, level=1),
        Column(
            "licence_valid_from",
            Type.DATE,
            "First day of the practice license.",
            "许可证有效期起",
            required=True,
            level=1,
        ),
        Column(
            "licence_valid_to",
            Type.DATE,
            "Last day of the practice license.",
            "许可证有效期止",
            required=True,
            level=1,
            may_be_future=True,
        ),
        v.flag(
            "has_internet_service",
            "The license lists Internet diagnosis and treatment.",
            "是否登记互联网诊疗",
            required=True,
            level=1,
        ),
        Column("security_level", Type.INTEGER, "Level of the information security filing.", "信息安全等级", level=1),
        Column("security_assessed_on", Type.DATE, "Last yearly security assessment.", "等级测评日期", level=1),
        v.UPDATED_AT,
    ),
)
