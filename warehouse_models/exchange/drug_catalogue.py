"""Drugs that a hospital uses, as it files them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from warehouse_models.contract import Column, ExchangeTable, Type
from warehouse_models.exchange import vocabulary as v

DRUG_CATALOGUE = ExchangeTable(
    name="drug_catalogue",
    title="Drug catalogue",
    title_zh="药品目录",
    grain="one row per drug of the hospital's own catalogue",
    key=("drug_code",),
    columns=(
        Column("drug_code", Type.TEXT, "Code of the drug in the hospital.", "院内药品代码", required=True, level=1),
        Column("drug_name", Type.TEXT, "Generic name.", "药品通用名", required=True, level=1),
        Column("trade_name", Type.TEXT, "Trade name.", "药品商品名", level=1),
        v.NATIONAL_DRUG_CODE,
        Column(
            "approval_number", Type.TEXT, "Approval number.", "批准文号", pattern=r"国药准字[HZSJBTF]J?\d{8}", level=1
        ),
        Column("drug_class_code", Type.CODE, "Class of drug.", "药品分类", required=True, codes="drug_class", level=1),
        Column(
            "antibiotic_tier_code",
            Type.CODE,
            "Tier of an antibiotic.",
            "抗菌药物分级",
            codes="antibiotic_tier",
            level=1,
        ),
        Column(
            "special_control_code",
            Type.CODE,
            "Special control: narcotic, psychotropic, toxic, radioactive.",
            "特殊管理类别",
            codes="special_control",
            level=1,
        ),
        Column("dosage_form_code", Type.CODE, "Dosage form.", "剂型", codes="dosage_form", level=1),
        Column("specification", Type.TEXT, "Strength of one unit.", "规格", required=True, level=1),
        Column("pack", Type.TEXT, "Pack.", "包装", level=1),
        Column("manufacturer", Type.TEXT, "Manufacturer.", "生产企业", level=1),
        replace(v.UNIT_PRICE, maximum=Decimal(200_000), level=1),
        Column(
            "defined_daily_dose",
            Type.QUANTITY,
            "Defined daily dose, in the unit of the specification.",
            "限定日剂量",
            minimum=Decimal(0),
            level=1,
        ),
        v.flag("is_essential", "On the national list of essential medicines.", "是否基本药物", level=1),
        v.flag("is_otc", "Sold without prescription.", "是否非处方药", level=1),
        v.flag("is_in_use", "In use now.", "是否在用", required=True, level=1),
        v.UPDATED_AT,
    ),
)
