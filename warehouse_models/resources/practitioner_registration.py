"""Registrations of practitioners, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.practitioner_registration import PRACTITIONER_REGISTRATION as DELIVERED

PRACTITIONER_REGISTRATION = conformed("resources.practitioner_registration", DELIVERED)
