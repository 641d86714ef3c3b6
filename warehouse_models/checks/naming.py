"""What columns are called: the rules that `docs/naming.md` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import Catalogue
from warehouse_models.checks.columns import Place, places
from warehouse_models.contract import Column, Type


@dataclass(frozen=True)
class Rule:
    """Which columns a name promises what of.

    names: regular expression of the names that the rule is about.   types: what such a column may be.
    only: whether columns of these types must have such a name.   unit: unit that such a column must have, if any.
    """

    names: str
    types: tuple[Type, ...]
    says: str
    only: bool = False
    unit: str | None = None

    @property
    def shown(self) -> str:
        """The names as people read them: `…_at`."""
        return self.names.replace(".+", "…")


RULES: tuple[Rule, ...] = (
    Rule(r".+_at", (Type.TIME,), "A moment, Beijing time.", only=True),
    Rule(
        r".+_(on|date|from|to)", (Type.DATE,), "A day; `_from` and `_to` are first and last day of a period.", only=True
    ),
    Rule(r"(is|has)_.+", (Type.FLAG,), "Yes or no, said so that yes is the plain case.", only=True),
    Rule(
        r".+_code",
        (Type.CODE, Type.TEXT),
        "A code. CODE: of a list in `codes/`. TEXT: of a published form, then it has a pattern; or the hospital's own, "
        "then its meaning says so.",
    ),
    Rule(
        r".+_(token|key)",
        (Type.TOKEN,),
        "Keyed token of a direct identifier; `_key` where tables are joined by it.",
        only=True,
    ),
    Rule(r".+_id", (Type.TEXT,), "Identifier that a hospital, a point or this system gave."),
    Rule(
        r".+_number",
        (Type.TEXT, Type.INTEGER),
        "A number that an authority gave (TEXT), or a place in an order that starts at 1 (INTEGER).",
    ),
    Rule(r".+_count", (Type.INTEGER,), "How many."),
    Rule(r".+_days", (Type.INTEGER, Type.QUANTITY), "A span of days.", unit="days"),
    Rule(r".+_minutes", (Type.INTEGER, Type.QUANTITY), "A span of minutes.", unit="minutes"),
    Rule(r".+_level", (Type.INTEGER,), "A degree that counts upwards."),
    Rule(r".+_(rate|share)", (Type.QUANTITY,), "A part of a whole, 0 to 1; a share is a part of a sum of money."),
    Rule(r".+_price", (Type.QUANTITY,), "Yuan for one unit, up to four decimals.", unit="yuan"),
)
# A code that is the hospital's own, not a nation's, says so in these words.
OWN = "in the hospital"
CODE_NAME = re.compile(r".+_code")


def findings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """Columns whose names promise something that they are not, and the other way round."""
    for place in places(catalogue):
        fault = fault_in(place.column) or _fault_of_code(place, catalogue)
        if fault:
            what = f"{place.table}.{place.column.name} {fault}."
            yield LakehouseError("CONTRACTS-012", what, where=place.where, do="See docs/naming.md.")


def fault_in(column: Column) -> str:
    """What is wrong with a column's name; empty when nothing is."""
    for rule in RULES:
        if re.fullmatch(rule.names, column.name):
            if column.type not in rule.types:
                return f"is {column.type}, where its name says {' or '.join(rule.types)}"
            if rule.unit is not None and column.unit != rule.unit:
                return f"does not say that its unit is {rule.unit}"
        elif rule.only and column.type in rule.types:
            return f"is {column.type} and is not named like {rule.names}"
    if column.type is Type.CODE and not CODE_NAME.fullmatch(column.name):
        return "is a code and its name does not end in _code"
    if column.type is Type.MONEY and column.unit != "yuan":
        return "is money and does not say that its unit is yuan"
    return ""


def _fault_of_code(place: Place, catalogue: Catalogue) -> str:
    """A text that is called a code, of those that points deliver, has a published form or is the hospital's own."""
    column = place.column
    if place.table not in catalogue.exchange or column.type is not Type.TEXT or not CODE_NAME.fullmatch(column.name):
        return ""
    return "" if column.pattern or OWN in column.says else "has no list, no pattern, and is not the hospital's own"
