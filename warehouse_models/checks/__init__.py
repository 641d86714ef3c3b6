"""What must hold across declarations: between tables, their names, their SQL, code lists and dialects.

Each finding is a LakehouseError that is returned, not raised: code, one sentence, where, and what to do.
"""

from __future__ import annotations

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import Catalogue
from warehouse_models.checks import dialects, lists, marts, naming, tables


def check(catalogue: Catalogue) -> list[LakehouseError]:
    """Everything that is wrong with a catalogue, in the order of the code; empty when all is well."""
    findings = [
        *tables.findings(catalogue),
        *naming.findings(catalogue),
        *marts.findings(catalogue),
        *lists.findings(catalogue),
        *dialects.findings(catalogue),
    ]
    return sorted(findings, key=lambda finding: (finding.code, finding.where, finding.what))
