"""Diagnoses of all visits, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.encounter_diagnosis import ENCOUNTER_DIAGNOSIS as DELIVERED

ENCOUNTER_DIAGNOSIS = conformed("medical_records.encounter_diagnosis", DELIVERED)
