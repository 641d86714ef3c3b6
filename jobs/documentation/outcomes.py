"""The exchange standard on what becomes of rows and deliveries: waiting, quarantined, refused, held."""

from __future__ import annotations

from collections.abc import Iterator

from expectations.gate import MEASURES, Measure
from expectations.reasons import PARENT_MISSING, reasons
from jobs.documentation.markdown import code, codes, page, table
from jobs.landing.refusals import REFUSALS
from jobs.site import Site
from warehouse_models.catalogue import Catalogue
from warehouse_models.contract import ExchangeTable

MENDS = ("What to do", "处理办法")
REASON_HEAD = ("Code", "Column", "Reason", "原因", *MENDS)


def slots(catalogue: Catalogue) -> dict[str, str]:
    """What the text needs to know of outcomes."""
    return {
        "waiting_days": str(Site.model_fields["waiting_days"].default),
        "parent_missing": PARENT_MISSING.code,
        "waits": table(("Rows of", "wait for"), _waits(catalogue)),
        "reasons": page(*_reasons(catalogue)).rstrip(),
        "refusals": table(("Code", "Reason", "原因", *MENDS), ((code(name), *said) for name, said in REFUSALS.items())),
        "gates": table(("Code", "Measure", "说明", *MENDS), (_gate(measure) for measure in MEASURES)),
    }


def _waits(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for name in catalogue.order():
        parents = catalogue.exchange[name].parents
        if parents:
            yield code(name), "; ".join(f"{code(parent.table)} by {codes(parent.columns)}" for parent in parents)


def _reasons(catalogue: Catalogue) -> Iterator[str]:
    """Reasons that every table has, then each table's own."""
    declared = [catalogue.exchange[name] for name in catalogue.order()]
    common = set.intersection(*({one.code for one in reasons(each)} for each in declared))
    yield "### In every table 各表通用"
    yield _of(declared[0], common)
    for each in declared:
        yield f"### Reasons in {each.name} {each.title_zh}"
        yield _of(each, {one.code for one in reasons(each)} - common)


def _of(one: ExchangeTable, wanted: set[str]) -> str:
    found = (reason for reason in reasons(one) if reason.code in wanted)
    rows = ((code(each.code), code(each.column), each.says, each.says_zh, each.do, each.do_zh) for each in found)
    return table(REASON_HEAD, rows)


def _gate(measure: Measure) -> tuple[str, ...]:
    """A gate's sentence, with dots where its values stand."""
    says = measure.says.format(value="…", limit="…", side="below or above")
    says_zh = measure.says_zh.format(value="…", limit="…", side="低于或高于")
    return code(measure.code), says, says_zh, measure.do, measure.do_zh
