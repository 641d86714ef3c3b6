"""Served tables as Superset's datasets, in one language: columns, names, formats and certified metrics, from the contracts."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from warehouse_models import registry
from warehouse_models.contract import SQL, Type
from warehouse_models.mart import Form, MartTable, Metric
from warehouse_models.served import BESIDE, MONTH_ON, Served, english, served_columns, spoken

NAMESPACE = uuid.UUID(
    "6f1d9b1e-6d0b-5c0e-9c55-2f3c6f0f6a11"
)  # Of all names below; a change would make every asset a new one.
FORMATS = {Form.COUNT: ",d", Form.MONEY: ",.2f", Form.SHARE: ".1%", Form.QUANTITY: ",.2f", Form.DAY: ""}
DATABASES = {"zh": "湖仓", "en": "Lakehouse"}
CERTIFIED = {"zh": "数据契约", "en": "Data contract"}
FIGURES = (Type.INTEGER, Type.MONEY, Type.QUANTITY)
TIMES = (Type.DATE, Type.TIME)


def identity(kind: str, name: str, language: str) -> str:
    """The UUID of an asset: the same on every server and in every year."""
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}/{language}"))


@cache
def tables() -> dict[str, MartTable]:
    """All served tables by name: the marts, and what is put beside them when a publication is served."""
    return {**registry.marts(), **{table.name: table for table in BESIDE}}


def columns(table: MartTable, language: str) -> tuple[Served, ...]:
    """The columns of a table that readers of a language see."""
    return tuple(each for each in served_columns(table) if each.language in (None, language))


def column_of(table: MartTable, name: str, language: str) -> str | None:
    """The column that a declaration means: of that name, or the names of a code in the language. None: there is none."""
    there = {each.name for each in columns(table, language)}
    return next((each for each in (name, f"{name}_{language}") if each in there), None)


def metric_of(table: MartTable, name: str) -> Metric | None:
    """The metric of that name."""
    return next((metric for metric in table.metrics if metric.name == name), None)


def database(language: str, address: str) -> dict[str, Any]:
    """The connection through which readers of a language see the served tables. address: SQLAlchemy address."""
    return {
        "database_name": DATABASES[language],
        "sqlalchemy_uri": address,
        "expose_in_sqllab": False,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "impersonate_user": not address.startswith(
            "duckdb"
        ),  # An engine with users of its own is asked in the reader's name.
        "extra": {"allows_virtual_table_explore": False, "disable_data_preview": True, "per_user_caching": True},
        "is_managed_externally": True,
        "uuid": identity("database", "served", language),
        "version": "1.0.0",
    }


def dataset(table: MartTable, language: str) -> dict[str, Any]:
    """A served table as a dataset."""
    schema, _, name = (table.name if language == "zh" else english(table)).partition(".")
    title = table.title_zh if language == "zh" else table.title
    names = _names(table, language)
    return {
        "table_name": name,
        "schema": schema,
        "main_dttm_col": time_of(table),
        "description": f"{title} ({table.name}). {table.grain}",
        "sql": None,  # A physical table: row-level security of a query that cannot be rewritten fails open.
        "filter_select_enabled": True,
        "extra": {"certification": {"certified_by": CERTIFIED[language], "details": table.name}},
        "is_managed_externally": True,
        "uuid": identity("dataset", table.name, language),
        "database_uuid": identity("database", "served", language),
        "version": "1.0.0",
        "columns": [_column(each, names[each.name], language) for each in columns(table, language)],
        "metrics": [_metric(metric, language) for metric in table.metrics],
    }


def time_of(table: MartTable) -> str | None:
    """The column of time by which readers choose a period: the day where rows are of one, else the month, if of any."""
    days = [column.name for column in table.columns if column.type in TIMES and column.name in table.key]
    return days[0] if days else MONTH_ON.name if column_of(table, MONTH_ON.name, "zh") else None


def _names(table: MartTable, language: str) -> dict[str, str]:
    """Column -> the name that people read, each another, as exports need it. Of columns with one name the last one has it:
    a code stands before its name; the others have their technical name beside."""
    named = {
        each.name: _named(each.column.says_zh, each.of or each.name, each.column.unit, language)
        for each in columns(table, language)
    }
    last = {text: name for name, text in named.items()}
    return {name: text if last[text] == name else f"{text} ({name})" for name, text in named.items()}


def _column(served: Served, named: str, language: str) -> dict[str, Any]:
    column = served.column
    is_figure = column.type in FIGURES
    return {
        "column_name": served.name,
        "verbose_name": named,
        "description": column.says_zh if language == "zh" else column.says,
        "type": SQL[column.type].upper(),
        "is_dttm": column.type in TIMES,
        "is_active": True,
        "groupby": not is_figure,
        "filterable": True,
        "expression": None,
        "python_date_format": None,
        "extra": {},
    }


def _metric(metric: Metric, language: str) -> dict[str, Any]:
    definition = metric.definition_zh if language == "zh" else metric.definition
    says = metric.says_zh if language == "zh" else metric.says
    return {
        "metric_name": metric.name,
        "verbose_name": _named(metric.says_zh, metric.name, metric.unit, language),
        "metric_type": None,
        "expression": metric.sql,
        "description": f"{says} {definition}".strip(),
        "d3format": FORMATS[metric.form] or None,
        "currency": None,
        "extra": {"certification": {"certified_by": CERTIFIED[language], "details": definition or metric.sql}},
        "warning_text": None,
    }


UNITS_ZH = {"yuan": "元", "days": "天", "minutes": "分钟"}


def unit_of(unit: str | None, language: str) -> str:
    """A unit in a language; empty where there is none."""
    return UNITS_ZH.get(unit, unit) if unit and language == "zh" else unit or ""


def _named(zh: str, name: str, unit: str | None, language: str) -> str:
    """A short name with its unit: in Chinese what the contract says, in English its name. The sentence is the description."""
    unit = unit_of(unit, language)
    if language == "zh":
        return f"{zh}（{unit}）" if unit else zh
    return f"{spoken(name)} ({unit})" if unit else spoken(name)
