"""The page on names: the text of `naming.md`, with the rules that are checked."""

from __future__ import annotations

from importlib import resources

from jobs.documentation.markdown import GENERATED, code, filled, page, table
from jobs.documentation.words import WIRE
from warehouse_models.checks.naming import RULES, Rule


def naming() -> str:
    """The whole page."""
    template = (resources.files("jobs.documentation") / "naming.md").read_text(encoding="utf-8")
    rules = table(("Name", "Type", "Meaning"), (_row(rule) for rule in RULES))
    return page(GENERATED, filled(template, {"rules": rules}))


def _row(rule: Rule) -> tuple[str, str, str]:
    types = " or ".join(WIRE[kind] for kind in rule.types)
    only = ", and no other name has it" if rule.only else ""
    unit = f" Unit: {rule.unit}." if rule.unit else ""
    return code(rule.shown), f"{types}{only}", f"{rule.says}{unit}"
