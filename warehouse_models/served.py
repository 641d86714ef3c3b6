"""What a mart looks like where people read it: beside each code its names, beside each institution its place.

A mart holds codes; a reader wants names in one language. Names are put beside the codes when a publication is served, so
that a name that changes costs no mart to be built anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from warehouse_models import codes, registry
from warehouse_models.contract import Column, Type
from warehouse_models.mart import Form, MartTable, Metric
from warehouse_models.marts import vocabulary as v
from warehouse_models.onboarding import ONBOARDING
from warehouse_models.public import OVERVIEW

LANGUAGES = ("zh", "en")
INSTITUTION, POINT, TABLE, REGION = "institution_code", "point_id", "table_name", "region_code"
MONTH_ON = v.dimension("month_on", "First day of the month, for an axis of time.", "月份首日", Type.DATE)
PEERS_AT_LEAST = 5  # Quartiles of fewer institutions would tell about one of them.


@dataclass(frozen=True)
class Served:
    """A column of a served table. language: in which its values are written; None: they are codes, dates or figures.

    of: the column of the mart that it names."""

    column: Column
    language: str | None = None
    of: str | None = None

    @property
    def name(self) -> str:
        """Name in the served table."""
        return self.column.name


def served_columns(table: MartTable) -> tuple[Served, ...]:
    """All columns of a served table: the mart's, each code followed by its names, then the place of the institution."""
    found: list[Served] = []
    for column in table.columns:
        found.append(Served(column, _spoken_in(column)))
        if column.name == v.MONTH.name:
            found.append(Served(MONTH_ON))
        if names_of(column) is not None:
            found += [_name(column, language) for language in LANGUAGES]
    have = {served.name for served in found}
    if has_place(table):
        found += [served for served in _place() if served.name not in have]
    return tuple(found)


def _spoken_in(column: Column) -> str | None:
    """The language of a column that holds texts in one, by the end of its name."""
    return next((language for language in LANGUAGES if column.name.endswith(f"_{language}")), None)


def english(table: MartTable) -> str:
    """The name under which English readers see a served table: to a dashboard two languages are two tables."""
    return f"{table.name}_en"


def has_place(table: MartTable) -> bool:
    """Whether a table's rows belong to an institution, by its code or by that of its exchange point."""
    return bool({INSTITUTION, POINT} & {column.name for column in table.columns})


@cache
def names_of(column: Column) -> Mapping[str, tuple[str, str]] | None:
    """Code -> its Chinese and English name, for a column whose values have names."""
    if column.name == TABLE:
        return {table.name: (table.title_zh, table.title) for table in registry.exchange().values()}
    if column.codes is None:
        return None
    return {row.code: (row.name_zh, row.name) for row in codes.load(column.codes).rows}


def spoken(name: str) -> str:
    """A column's or metric's name as English readers see it: `channel_code` is "Channel"."""
    words = [word for word in name.split("_") if word not in ("code", "name", "id", *LANGUAGES)]
    return " ".join(words).capitalize()


def _name(column: Column, language: str) -> Served:
    says = Column(
        f"{column.name.removesuffix('_code').removesuffix('_name')}_{language}",
        Type.TEXT,
        column.says,
        column.says_zh.removesuffix("代码"),
        level=2,
    )
    return Served(says, language, column.name)


def _place() -> tuple[Served, ...]:
    region = v.dimension(REGION, "County or district of the institution, GB/T 2260.", "所在县区", Type.CODE, "region")
    city = v.dimension("city_code", "Prefecture of the institution, GB/T 2260.", "所在市州", Type.CODE, "region")
    return (
        Served(v.INSTITUTION),
        Served(v.dimension("institution_name", "Registered name of the institution.", "医疗机构")),
        Served(v.dimension("class_code", "Class of institution, WS 218.", "机构类别", Type.CODE, "institution_class")),
        *(
            Served(each) if language is None else _name(each, language)
            for each in (region, city)
            for language in (None, *LANGUAGES)
        ),
    )


STANDING = MartTable(
    name="peers.standing",
    title="Standing among peers",
    title_zh="同类机构对比",
    grain="month, institution and figure",
    key=("month", INSTITUTION, "metric_name"),
    inputs=(),
    columns=(
        v.MONTH,
        v.INSTITUTION,
        v.dimension("metric_name", "Figure that is compared.", "指标"),
        v.dimension("metric_zh", "Figure that is compared.", "指标"),
        v.dimension("metric_en", "Figure that is compared.", "指标"),
        v.figure("value", Type.QUANTITY, "The institution's own figure.", "本机构"),
        v.figure("peers", Type.INTEGER, "Other institutions of the class with this figure in the month.", "同类机构数"),
        v.figure("peer_lower", Type.QUANTITY, "Lower quartile of the peers.", "同类下四分位"),
        v.figure("peer_median", Type.QUANTITY, "Median of the peers.", "同类中位数"),
        v.figure("peer_upper", Type.QUANTITY, "Upper quartile of the peers.", "同类上四分位"),
    ),
    metrics=(
        v.total("value", "The institution's own figure.", "本机构", Form.QUANTITY),
        v.total("peer_lower", "Lower quartile of the peers.", "同类下四分位", Form.QUANTITY),
        v.total("peer_median", "Median of the peers.", "同类中位数", Form.QUANTITY),
        v.total("peer_upper", "Upper quartile of the peers.", "同类上四分位", Form.QUANTITY),
        v.total("peers", "Other institutions of the class with this figure.", "同类机构数"),
    ),
)

PUBLICATION = MartTable(
    name="meta.publication",
    title="The publication that is shown",
    title_zh="当前发布",
    grain="one row",
    key=("number",),
    inputs=(),
    month="number",
    columns=(
        v.figure("number", Type.INTEGER, "Number of the publication.", "发布序号"),
        v.dimension("night", "Business date of the night that ended in it.", "业务日期", Type.DATE),
        v.dimension("content", "Digest over the pinned tables and their descriptions.", "内容摘要"),
        v.figure("institutions", Type.INTEGER, "Institutions in the register.", "登记机构数"),
        v.figure("points", Type.INTEGER, "Points that have ever delivered.", "已接入交换点数"),
        v.figure(
            "points_of_the_night", Type.INTEGER, "Points that delivered for the business date.", "当日到报交换点数"
        ),
    ),
    metrics=(
        Metric("night", "Business date of the latest publication.", "最近发布的业务日期", "MAX(night)", Form.DAY),
        Metric("number", "Publication.", "发布序号", "MAX(number)", Form.COUNT),
        Metric("institutions", "Institutions in the register.", "登记机构数", "MAX(institutions)", Form.COUNT),
        Metric("points", "Points that have ever delivered.", "已接入交换点数", "MAX(points)", Form.COUNT),
        Metric(
            "points_of_the_night",
            "Points that delivered for the business date.",
            "当日到报交换点数",
            "MAX(points_of_the_night)",
            Form.COUNT,
        ),
        Metric(
            "coverage",
            "Share of the points that delivered for the business date.",
            "当日到报率",
            "CAST(MAX(points_of_the_night) AS DOUBLE) / NULLIF(CAST(MAX(points) AS DOUBLE), 0)",
            Form.SHARE,
        ),
        Metric(
            "age_days",
            "Days since the business date of the publication, when the page is looked at.",
            "距今天数",
            "DATE_DIFF('day', MAX(night), CURRENT_DATE)",
            Form.COUNT,
            "days",
        ),
    ),
)

# All that is served beside the marts.
BESIDE = (STANDING, *ONBOARDING, OVERVIEW, PUBLICATION)
