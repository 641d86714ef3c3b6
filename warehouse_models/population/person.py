"""Patients of all points, typed and coded; `person_key` is the same wherever the same certificate is shown."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.person import PERSON as DELIVERED

PERSON = conformed("population.person", DELIVERED, renames={"certificate_number_token": "person_key"})
