"""The page from which a vendor writes an extract: the text of `standard.md`, with what the declarations say."""

from __future__ import annotations

from importlib import resources

from jobs.documentation import delivery, identifiers, outcomes, tables
from jobs.documentation.markdown import GENERATED, filled, page
from jobs.landing.manifest import STANDARD
from warehouse_models.catalogue import Catalogue


def standard(catalogue: Catalogue) -> str:
    """The whole page."""
    slots = {
        "version": STANDARD,
        "table_count": str(len(catalogue.exchange)),
        **delivery.slots(catalogue),
        **identifiers.slots(),
        **tables.slots(catalogue),
        **outcomes.slots(catalogue),
    }
    template = (resources.files("jobs.documentation") / "standard.md").read_text(encoding="utf-8")
    return page(GENERATED, filled(template, slots))
