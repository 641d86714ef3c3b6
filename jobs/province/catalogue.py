"""The exchange tables in the order in which a delivery lists them: parents before their children."""

from __future__ import annotations

from collections.abc import Mapping

from warehouse_models.contract import ExchangeTable
from warehouse_models.registry import exchange

ORDER = (
    "institution",
    "practitioner",
    "practitioner_registration",
    "drug_catalogue",
    "person",
    "encounter",
    "encounter_diagnosis",
    "prescription",
    "prescription_item",
    "charge_item",
)
TABLES: Mapping[str, ExchangeTable] = {name: exchange()[name] for name in ORDER}
