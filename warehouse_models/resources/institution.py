"""Institutions of all points, typed and coded."""

from __future__ import annotations

from warehouse_models.contract import conformed
from warehouse_models.exchange.institution import INSTITUTION as DELIVERED

INSTITUTION = conformed("resources.institution", DELIVERED)
