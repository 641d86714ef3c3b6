"""Columns that several exchange tables share, so that the same thing has the same name and meaning everywhere."""

from __future__ import annotations

from decimal import Decimal

from warehouse_models.contract import Column, Identifier, Type

UPDATED_AT = Column(
    "updated_at", Type.TIME, "When this version of the row was made in the hospital.", "业务版本时间", required=True
)
INSTITUTION_CODE = Column(
    "institution_code",
    Type.TEXT,
    "Code of the institution, 22 characters after WS 218.",
    "医疗机构代码",
    required=True,
    pattern=r"[0-9A-Z]{8}[0-9X][0-9]{6}[0-9]{2}[A-Z][0-9]{3}[129]",
    level=1,
)
DEPARTMENT_CODE = Column(
    "department_code", Type.CODE, "Category of the department.", "科室类别", required=True, codes="department", level=1
)
SUBJECT_CODE = Column(
    "subject_code", Type.CODE, "Diagnostic and treatment subject.", "诊疗科目", codes="subject", level=1
)
PRACTITIONER_ID = Column(
    "practitioner_id", Type.TEXT, "Staff number of the physician in charge.", "医师工号", required=True
)
PATIENT_ID = Column("patient_id", Type.TEXT, "Number the hospital gave the patient.", "患者编号", required=True)
ENCOUNTER_ID = Column("encounter_id", Type.TEXT, "Number the hospital gave the visit.", "就诊流水号", required=True)
PRESCRIPTION_ID = Column("prescription_id", Type.TEXT, "Number of the prescription.", "处方编号", required=True)
CHANNEL_CODE = Column(
    "channel_code",
    Type.CODE,
    "Whether the service was given offline or online.",
    "服务渠道",
    required=True,
    codes="channel",
    level=2,
)
CERTIFICATE_TYPE = Column(
    "certificate_type_code",
    Type.CODE,
    "Kind of identity document.",
    "身份证件类别",
    required=True,
    codes="certificate_type",
)
CERTIFICATE_NUMBER = Column(
    "certificate_number",
    Type.TEXT,
    "Number of the identity document.",
    "身份证件号码",
    required=True,
    identifier=Identifier.CERTIFICATE,
    certificate_type="certificate_type_code",
    level=4,
)
SEX_CODE = Column("sex_code", Type.CODE, "Sex, GB/T 2261.1.", "性别", required=True, codes="sex")
BIRTH_DATE = Column("birth_date", Type.DATE, "Date of birth.", "出生日期", required=True)
PHONE = Column("phone", Type.TEXT, "Telephone number.", "联系电话", identifier=Identifier.PHONE, level=4)
CARD_TYPE = Column("card_type_code", Type.CODE, "Kind of card shown.", "卡类型", codes="card_type")
CARD_NUMBER = Column("card_number", Type.TEXT, "Number of the card shown.", "卡号", identifier=Identifier.CARD, level=4)
GUARDIAN_NAME = Column(
    "guardian_name", Type.TEXT, "Name of the guardian.", "监护人姓名", identifier=Identifier.NAME, level=4
)
GUARDIAN_CERTIFICATE_TYPE = Column(
    "guardian_certificate_type_code",
    Type.CODE,
    "Kind of the guardian's identity document.",
    "监护人证件类别",
    codes="certificate_type",
)
GUARDIAN_CERTIFICATE_NUMBER = Column(
    "guardian_certificate_number",
    Type.TEXT,
    "Number of the guardian's identity document.",
    "监护人证件号码",
    identifier=Identifier.CERTIFICATE,
    certificate_type="guardian_certificate_type_code",
    level=4,
)
GUARDIAN_PHONE = Column(
    "guardian_phone", Type.TEXT, "Telephone number of the guardian.", "监护人电话", identifier=Identifier.PHONE, level=4
)
INSURANCE_TYPE = Column(
    "insurance_type_code", Type.CODE, "Kind of medical insurance.", "医疗保险险种", codes="insurance_type"
)
SIGNATURE_NUMBER = Column(
    "signature_number", Type.TEXT, "Serial number of the electronic signature's certificate.", "电子签名证书序列号"
)
SIGNED_AT = Column("signed_at", Type.TIME, "When the physician signed.", "医师签名时间")
UNIT_PRICE = Column(
    "unit_price",
    Type.QUANTITY,
    "Price of one unit.",
    "单价",
    required=True,
    minimum=Decimal(0),
    maximum=Decimal(1_000_000),
    unit="yuan",
)
QUANTITY = Column(
    "quantity",
    Type.QUANTITY,
    "How many units.",
    "数量",
    required=True,
    minimum=Decimal(-10_000),
    maximum=Decimal(10_000),
)
NATIONAL_DRUG_CODE = Column(
    "national_drug_code",
    Type.TEXT,
    "Drug code of the National Healthcare Security Administration; a western drug carries its ATC code in places 2 to 6.",
    "国家医保药品代码",
    pattern=r"X[A-Z]\d{2}[A-Z]{2}[A-Z]\d{3}[A-Z]\d{3}\d{4}\d{5}|Z[A-Z]\d{2}[A-Z]{2}[A-Z]\d{4}\d{4}\d{5}|T\d{9}",
    level=1,
)


def amount(says: str, says_zh: str, low: int, high: int) -> Column:
    """A required sum of money named `amount`, in yuan, between `low` and `high`."""
    return Column(
        "amount", Type.MONEY, says, says_zh, required=True, minimum=Decimal(low), maximum=Decimal(high), unit="yuan"
    )


def flag(name: str, says: str, says_zh: str, required: bool = False, level: int = 3) -> Column:
    """Yes or no; 1 and 0 on the wire."""
    return Column(name, Type.FLAG, says, says_zh, required=required, level=level)
