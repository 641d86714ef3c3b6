"""Charges of all points, typed and coded; reversals are marked."""

from __future__ import annotations

from warehouse_models.contract import Column, Type, conformed
from warehouse_models.exchange.charge_item import CHARGE_ITEM as DELIVERED

IS_REVERSAL = Column(
    "is_reversal",
    Type.FLAG,
    "The line takes back an earlier one.",
    "是否冲销",
    derive="amount < 0 and reversal_of is not null",
)

CHARGE_ITEM = conformed("medical_records.charge_item", DELIVERED, adds=(IS_REVERSAL,))
