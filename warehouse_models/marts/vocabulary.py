"""Columns that several marts share."""

from __future__ import annotations

from warehouse_models.contract import Column, Type
from warehouse_models.mart import Form, Metric


def dimension(name: str, says: str, says_zh: str, type_: Type = Type.TEXT, codes: str | None = None) -> Column:
    """A column that figures are broken down by; never about one person."""
    return Column(name, type_, says, says_zh, required=True, codes=codes, level=2)


def figure(name: str, type_: Type, says: str, says_zh: str, unit: str | None = None) -> Column:
    """A figure of a group of rows."""
    return Column(name, type_, says, says_zh, unit=unit, level=2)


def total(
    name: str,
    says: str,
    says_zh: str,
    form: Form = Form.COUNT,
    unit: str | None = None,
    definition: tuple[str, str] = ("", ""),
) -> Metric:
    """The sum of the figure of the same name. definition: in English and Chinese."""
    return Metric(name, says, says_zh, f"SUM({name})", form, unit, *definition)


def latest(name: str, says: str, says_zh: str) -> Metric:
    """The latest of the dates of the same name."""
    return Metric(name, says, says_zh, f"MAX({name})", Form.DAY)


def quotient(
    name: str,
    says: str,
    says_zh: str,
    over: tuple[str, str],
    form: Form = Form.SHARE,
    unit: str | None = None,
    definition: tuple[str, str] = ("", ""),
) -> Metric:
    """Sum of one expression over the sum of another; empty where that is zero. definition: in English and Chinese."""
    part, whole = over
    # As floating point: engines disagree on how many decimals a quotient of decimals keeps.
    sql = f"CAST(SUM({part}) AS DOUBLE) / NULLIF(CAST(SUM({whole}) AS DOUBLE), 0)"
    return Metric(name, says, says_zh, sql, form, unit, *definition, is_comparable=True)


MONTH = dimension("month", "Month, YYYY-MM.", "月份")
INSTITUTION = dimension("institution_code", "Institution.", "医疗机构代码")
DEPARTMENT = dimension("department_code", "Category of the department.", "科室类别", Type.CODE, "department")
CHANNEL = dimension("channel_code", "Offline or online.", "服务渠道", Type.CODE, "channel")
POINT = dimension("point_id", "Front-end exchange point.", "前置交换点")
