"""Patients, as a hospital registers them."""

from __future__ import annotations

from warehouse_models.contract import Column, ExchangeTable, Identifier, Type
from warehouse_models.exchange import vocabulary as v

PERSON = ExchangeTable(
    name="person",
    title="Patients",
    title_zh="患者基本信息",
    grain="one row per patient registered at the point",
    key=("patient_id",),
    columns=(
        v.PATIENT_ID,
        v.CERTIFICATE_TYPE,
        v.CERTIFICATE_NUMBER,
        Column("name", Type.TEXT, "Name of the patient.", "姓名", required=True, identifier=Identifier.NAME, level=4),
        v.SEX_CODE,
        v.BIRTH_DATE,
        Column("ethnic_code", Type.CODE, "Ethnic group, GB 3304.", "民族", codes="ethnic_group"),
        Column("marital_code", Type.CODE, "Marital status, GB/T 2261.2.", "婚姻状况", codes="marital_status"),
        v.PHONE,
        Column("address", Type.TEXT, "Address of residence.", "居住地址", identifier=Identifier.ADDRESS, level=4),
        Column("region_code", Type.CODE, "County of residence, GB/T 2260.", "居住地区划", codes="region"),
        v.CARD_TYPE,
        v.CARD_NUMBER,
        v.INSURANCE_TYPE,
        v.GUARDIAN_NAME,
        v.GUARDIAN_CERTIFICATE_TYPE,
        v.GUARDIAN_CERTIFICATE_NUMBER,
        v.GUARDIAN_PHONE,
        Column("registered_at", Type.TIME, "When the patient was first registered.", "建档时间", required=True),
        v.UPDATED_AT,
    ),
)
