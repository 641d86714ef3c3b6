"""Visits of all points, typed and coded; `person_key` joins them to people across hospitals."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.encounter import ENCOUNTER as DELIVERED

ENCOUNTER = conformed("medical_records.encounter", DELIVERED, renames={"certificate_number_token": "person_key"})
