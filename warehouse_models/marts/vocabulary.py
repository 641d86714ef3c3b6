"""Columns that several marts share."""

from __future__ import annotations

from warehouse_models.contract import Column, Type


def dimension(name: str, says: str, says_zh: str, type_: Type = Type.TEXT, codes: str | None = None) -> Column:
    """A column that figures are broken down by; never about one person."""
    return Column(name, type_, says, says_zh, required=True, codes=codes, level=2)


def figure(name: str, type_: Type, says: str, says_zh: str, unit: str | None = None) -> Column:
    """A figure of a group of rows."""
    return Column(name, type_, says, says_zh, unit=unit, level=2)


MONTH = dimension("month", "Month, YYYY-MM.", "月份")
INSTITUTION = dimension("institution_code", "Institution.", "医疗机构代码")
DEPARTMENT = dimension("department_code", "Category of the department.", "科室类别", Type.CODE, "department")
CHANNEL = dimension("channel_code", "Offline or online.", "服务渠道", Type.CODE, "channel")
POINT = dimension("point_id", "Front-end exchange point.", "前置交换点")
