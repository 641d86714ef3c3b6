"""Outpatient, emergency and online visits, as a point delivers them."""

from __future__ import annotations

from dataclasses import replace

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

ENCOUNTER = ExchangeTable(
    name="encounter",
    title="Visits",
    title_zh="就诊记录",
    grain="one row per visit",
    key=("encounter_id",),
    month_of="started_at",
    columns=(
        v.ENCOUNTER_ID,
        v.PATIENT_ID,
        replace(v.CERTIFICATE_TYPE, required=False),
        replace(v.CERTIFICATE_NUMBER, required=False),
        v.INSTITUTION_CODE,
        v.DEPARTMENT_CODE,
        v.SUBJECT_CODE,
        v.PRACTITIONER_ID,
        v.CHANNEL_CODE,
        Column("visit_type_code", Type.CODE, "Kind of visit.", "就诊类型", required=True, codes="visit_type"),
        Column(
            "consultation_kind_code",
            Type.CODE,
            "Whether an online service is a consultation or a follow-up visit.",
            "线上业务类型",
            codes="consultation_kind",
        ),
        v.flag("is_follow_up", "The patient was diagnosed before with the same illness.", "是否复诊", required=True),
        Column(
            "prior_evidence_count", Type.INTEGER, "How many proofs of the earlier diagnosis are kept.", "既往诊断凭证数"
        ),
        v.CARD_TYPE,
        v.CARD_NUMBER,
        v.INSURANCE_TYPE,
        Column("applied_at", Type.TIME, "When the patient asked for the visit.", "申请时间"),
        Column("consented_at", Type.TIME, "When the patient agreed after the notice of risks.", "知情同意时间"),
        Column("authenticated_at", Type.TIME, "When the physician proved who they are.", "医师实名认证时间"),
        Column("started_at", Type.TIME, "Start of the visit.", "接诊时间", required=True),
        Column("ended_at", Type.TIME, "End of the visit; empty while it lasts.", "结束时间"),
        v.flag("is_answered", "The physician took the request.", "是否接诊", required=True),
        Column("refusal_code", Type.CODE, "Why a request was not taken.", "拒诊类型", codes="refusal"),
        v.flag("is_guided_offline", "The patient was sent to a physical institution.", "是否引导线下就诊"),
        v.flag("has_process_record", "Text, sound or picture of the visit is kept.", "是否留存过程数据"),
        v.SIGNATURE_NUMBER,
        v.SIGNED_AT,
        v.GUARDIAN_NAME,
        v.GUARDIAN_CERTIFICATE_TYPE,
        v.GUARDIAN_CERTIFICATE_NUMBER,
        v.GUARDIAN_PHONE,
        v.UPDATED_AT,
    ),
    parents=(
        Parent("person", ("patient_id",)),
        Parent("institution", ("institution_code",)),
        Parent("practitioner", ("practitioner_id",)),
    ),
)
