"""Practitioners of all points; `practitioner_key` is the same wherever the same certificate is filed."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.practitioner import PRACTITIONER as DELIVERED

PRACTITIONER = conformed("resources.practitioner", DELIVERED, renames={"certificate_number_token": "practitioner_key"})
