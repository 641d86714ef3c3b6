"""Lines of all prescriptions, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.prescription_item import PRESCRIPTION_ITEM as DELIVERED

PRESCRIPTION_ITEM = conformed("medical_records.prescription_item", DELIVERED)
