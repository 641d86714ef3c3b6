"""Prescriptions of all points, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.prescription import PRESCRIPTION as DELIVERED

PRESCRIPTION = conformed("medical_records.prescription", DELIVERED)
