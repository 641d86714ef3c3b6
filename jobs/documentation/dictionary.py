"""The data dictionary: every table and column, from the point to the marts."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.documentation.markdown import GENERATED, code, codes, link, page, table
from jobs.documentation.words import LEVELS, bounds, list_link, type_of
from warehouse_models.catalogue import Catalogue
from warehouse_models.contract import Column, ConformedTable, ExchangeTable
from warehouse_models.mart import MartTable, Metric
from warehouse_models.served import BESIDE

HEAD = ("Column", "Type", "Required", "Code list or bounds", "Level", "Meaning", "含义")


def dictionary(catalogue: Catalogue) -> str:
    """The whole page."""
    return page(
        GENERATED,
        "# Data dictionary 数据字典",
        INTRODUCTION,
        "## Lineage 数据血缘",
        _lineage(catalogue),
        "## Delivered tables 交换表",
        "What points deliver. Identifiers exist on the wire only: landing replaces each by a keyed token.",
        *(part for name in catalogue.order() for part in _exchange(catalogue.exchange[name])),
        "## The four databases 四大数据库",
        FOUR_DATABASES,
        *(part for one in catalogue.conformed.values() for part in _conformed(one, catalogue)),
        "## Marts 数据集市",
        "Aggregates that people look at. No mart speaks of single persons." if catalogue.marts else "None yet.",
        *(part for mart in catalogue.marts.values() for part in _mart(mart)),
        "## Served beside the marts 随发布展示",
        IN_THE_FILE,
        *(part for one in BESIDE for part in _served(one)),
    )


INTRODUCTION = (
    "Every table, its columns and where they come from. Types are those behind staging; on the wire everything is "
    "text, as [the exchange standard](exchange-standard.md) says. Names follow [naming](naming.md). Levels are those "
    "of GB/T 39725: " + "; ".join(f"{level} {says}" for level, says in LEVELS.items()) + "."
)
FOUR_DATABASES = (
    "Each table is derived from the delivered one: typed, coded, identifiers as tokens, one row a key. Besides the "
    "columns below each has `point_id` (which point delivered the row), `month` where its rows have a month, "
    "`sequence` and `fence` (which deliveries spoke of the key) and `is_deleted` (a tombstone)."
)

IN_THE_FILE = (
    "Tables that are made when a publication is served, and only in the served file: institutions among their peers, how "
    "onboarding stands then, the province for everybody, and which publication it is. There each table also has names "
    "beside its codes, and the place of each institution."
)


def _lineage(catalogue: Catalogue) -> str:
    rows = []
    for name in catalogue.order():
        behind = [one.name for one in catalogue.conformed.values() if one.source.name == name]
        readers = [mart for one in behind for mart in _readers(one, catalogue)]
        rows.append((link(name, _heading(catalogue.exchange[name])), codes(behind), codes(readers)))
    return table(("Delivered table", "becomes", "is read by"), rows)


def _readers(name: str, catalogue: Catalogue) -> list[str]:
    return sorted(mart.name for mart in catalogue.marts.values() if name in mart.inputs)


def _heading(one: ExchangeTable) -> str:
    return f"{one.name}: {one.title} {one.title_zh}"


def _exchange(one: ExchangeTable) -> Iterator[str]:
    yield f"### {_heading(one)}"
    facts = [f"Grain: {one.grain}. Key: {codes(one.key)} within the point. Version: {code(one.version)}."]
    facts.append(f"Month: of {code(one.month_of)}." if one.month_of else "Without months.")
    if one.amount:
        facts.append(f"Accounts add {code(one.amount)}.")
    if one.parents:
        parents = "; ".join(f"{code(parent.table)} by {codes(parent.columns)}" for parent in one.parents)
        facts.append(f"Waits for {parents}.")
    yield " ".join(facts)
    yield table(HEAD, (_row(column) for column in one.columns))


def _row(column: Column) -> tuple[str, ...]:
    required = "yes" if column.required else ""
    held = list_link(column) or bounds(column)
    return code(column.name), type_of(column), required, held, str(column.level), column.says, column.says_zh


def _conformed(one: ConformedTable, catalogue: Catalogue) -> Iterator[str]:
    yield f"### {one.name}"
    readers = _readers(one.name, catalogue)
    read = f"Read by {codes(readers)}." if readers else "No mart reads it yet."
    yield f"From {code(one.source.name)}. Key: {codes(one.key)}. {read}"
    head = ("Column", "Type", "From", "Code list or bounds", "Level", "Meaning", "含义")
    yield table(head, (_derived(column, one) for column in one.columns))


def _derived(column: Column, one: ConformedTable) -> tuple[str, ...]:
    origin = one.origins.get(column.name)
    source = code(origin) if origin else f"made here: {code(column.derive or '')}"
    held = list_link(column) or bounds(column)
    return code(column.name), type_of(column), source, held, str(column.level), column.says, column.says_zh


def _mart(mart: MartTable) -> Iterator[str]:
    yield f"### {mart.name}: {mart.title} {mart.title_zh}"
    sql = f"../warehouse_models/marts/{mart.name.replace('.', '/')}.sql"
    yield f"Grain: {mart.grain}. Key: {codes(mart.key)}. Reads {codes(mart.inputs)}. [SQL]({sql})"
    yield from _read(mart)


def _served(mart: MartTable) -> Iterator[str]:
    yield f"### {mart.name}: {mart.title} {mart.title_zh}"
    yield f"Grain: {mart.grain}. Key: {codes(mart.key)}."
    yield from _read(mart)


def _read(mart: MartTable) -> Iterator[str]:
    """Columns and figures."""
    yield table(HEAD, (_row(column) for column in mart.columns))
    if mart.metrics:
        yield "Figures of any group of its rows:"
        yield table(("Metric", "Formula", "Meaning", "含义"), (_metric(metric) for metric in mart.metrics))


def _metric(metric: Metric) -> tuple[str, ...]:
    says = f"{metric.says} {metric.definition}".strip()
    return code(metric.name), code(metric.sql), says, f"{metric.says_zh} {metric.definition_zh}".strip()
