"""Where a practitioner is registered to practice, as a point files it."""

from __future__ import annotations

from warehouse_models.contract import Column, ExchangeTable, Parent, Type
from warehouse_models.exchange import vocabulary as v

PRACTITIONER_REGISTRATION = ExchangeTable(
    name="practitioner_registration",
    title="Registrations of practitioners",
    title_zh="执业注册",
    grain="one row per practitioner and institution of registration",
    key=("practitioner_id", "institution_code"),
    columns=(
        v.PRACTITIONER_ID,
        v.INSTITUTION_CODE,
        v.flag(
            "is_primary",
            "The primary place of practice, not a multi-site one.",
            "是否主执业机构",
            required=True,
            level=1,
        ),
        Column("registered_from", Type.DATE, "First day of the registration.", "注册有效期起", required=True, level=1),
        Column(
            "registered_to",
            Type.DATE,
            "Last day of the registration; empty while it lasts.",
            "注册有效期止",
            level=1,
            may_be_future=True,
        ),
        v.SUBJECT_CODE,
        v.UPDATED_AT,
    ),
    parents=(Parent("practitioner", ("practitioner_id",)),),
)
