"""Drugs in use at all points, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.drug_catalogue import DRUG_CATALOGUE as DELIVERED

DRUG_CATALOGUE = conformed("resources.drug_catalogue", DELIVERED)
