"""The exchange tables in the order in which a delivery lists them: parents before their children."""

from __future__ import annotations

from collections.abc import Mapping

from warehouse_models.contract import ExchangeTable
from warehouse_models.exchange.charge_item import CHARGE_ITEM
from warehouse_models.exchange.drug_catalogue import DRUG_CATALOGUE
from warehouse_models.exchange.encounter import ENCOUNTER
from warehouse_models.exchange.encounter_diagnosis import ENCOUNTER_DIAGNOSIS
from warehouse_models.exchange.institution import INSTITUTION
from warehouse_models.exchange.person import PERSON
from warehouse_models.exchange.practitioner import PRACTITIONER
from warehouse_models.exchange.practitioner_registration import PRACTITIONER_REGISTRATION
from warehouse_models.exchange.prescription import PRESCRIPTION
from warehouse_models.exchange.prescription_item import PRESCRIPTION_ITEM

TABLES: Mapping[str, ExchangeTable] = {
    table.name: table
    for table in (
        INSTITUTION,
        PRACTITIONER,
        PRACTITIONER_REGISTRATION,
        DRUG_CATALOGUE,
        PERSON,
        ENCOUNTER,
        ENCOUNTER_DIAGNOSIS,
        PRESCRIPTION,
        PRESCRIPTION_ITEM,
        CHARGE_ITEM,
    )
}
