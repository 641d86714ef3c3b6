"""How onboarding stands: tables that are served beside the marts and say what stood when a publication was served.

They come from the site and the ledger as they are then, not from pinned versions: who is late, and what waits to be mended.
"""

from __future__ import annotations

from warehouse_models.contract import Type
from warehouse_models.mart import MartTable
from warehouse_models.marts import vocabulary as v

TABLE = v.dimension("table_name", "Table of the exchange standard.", "数据表")


POINTS = MartTable(
    name="onboarding.point_state",
    title="State of exchange points",
    title_zh="交换点接入状态",
    grain="point of the site",
    key=("point_id",),
    inputs=(),
    month="point_id",
    columns=(
        v.POINT,
        v.INSTITUTION,
        v.dimension("region_code", "County or district, GB/T 2260, as the site says.", "所在县区", Type.CODE, "region"),
        v.dimension("point_name", "Name of the point in the site.", "交换点名称"),
        v.dimension("state_code", "`here`, `late`, `silent`, or `later`: not expected yet.", "状态代码"),
        v.dimension("state_zh", "State of the point on the business date.", "状态"),
        v.dimension("state_en", "State of the point on the business date.", "状态"),
        v.figure("latest_on", Type.DATE, "Newest business date delivered.", "最近业务日期"),
        v.figure("expected_points", Type.INTEGER, "1 when deliveries are expected of the point.", "应报"),
        v.figure("connected_points", Type.INTEGER, "1 when an expected point has delivered at least once.", "已接入"),
        v.figure("late_points", Type.INTEGER, "1 when late.", "迟报"),
        v.figure("silent_points", Type.INTEGER, "1 when silent.", "失联"),
        v.figure("held_deliveries", Type.INTEGER, "Deliveries of the point that wait for a decision.", "待决批次数"),
    ),
    metrics=(
        v.total("expected_points", "Points of which deliveries are expected.", "应报交换点数"),
        v.total("connected_points", "Expected points that have delivered at least once.", "已接入交换点数"),
        v.total(
            "late_points",
            "Points without a delivery for the business date, but with one in the week before.",
            "迟报交换点数",
            definition=("no delivery for the date, one within 7 days before", "当日未报、此前 7 日内报过"),
        ),
        v.total(
            "silent_points",
            "Points without a delivery for the business date and in the week before.",
            "失联交换点数",
            definition=("no delivery for the date nor within 7 days before", "当日及此前 7 日均未报"),
        ),
        v.total("held_deliveries", "Deliveries that a gate holds until a person decides.", "待决批次数"),
        v.latest("latest_on", "Newest business date delivered.", "最近业务日期"),
    ),
)

SET_ASIDE = MartTable(
    name="onboarding.set_aside",
    title="Rows set aside, by reason",
    title_zh="隔离行及原因",
    grain="point, table, reason and column",
    key=("point_id", "table_name", "reason_code", "column_name"),
    inputs=(),
    month="point_id",
    columns=(
        v.POINT,
        TABLE,
        v.dimension("reason_code", "Code of the reason.", "原因代码"),
        v.dimension("column_name", "Column that is at fault; empty when none is.", "字段"),
        v.dimension("reason_zh", "Why the rows are set aside.", "隔离原因"),
        v.dimension("reason_en", "Why the rows are set aside.", "隔离原因"),
        v.dimension("remedy_zh", "What the hospital does.", "处理办法"),
        v.dimension("remedy_en", "What the hospital does.", "处理办法"),
        v.figure(
            "set_aside_rows", Type.INTEGER, "Rows that are aside now; one with two reasons counts in both.", "隔离行数"
        ),
    ),
    metrics=(v.total("set_aside_rows", "Rows set aside now; a row with two reasons counts in both.", "隔离行数"),),
)

UNMAPPED = MartTable(
    name="onboarding.unmapped_code",
    title="Codes that no list knows",
    title_zh="未对照代码",
    grain="point, dialect, list, written form, table and column",
    key=("point_id", "dialect", "code_list", "written", "table_name", "column_name"),
    inputs=(),
    month="point_id",
    columns=(
        v.POINT,
        v.dimension("dialect", "How the point's vendor writes.", "方言"),
        v.dimension("code_list", "Code list.", "代码表"),
        v.dimension("written", "What was written; masked where it is not shaped like a code.", "书写形式"),
        TABLE,
        v.dimension("column_name", "Column.", "字段"),
        v.figure("unmapped_rows", Type.INTEGER, "Landed rows that bear it.", "行数"),
    ),
    metrics=(v.total("unmapped_rows", "Landed rows that bear codes that no list and no crosswalk knows.", "行数"),),
)

ONBOARDING = (POINTS, SET_ASIDE, UNMAPPED)
