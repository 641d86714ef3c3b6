"""What each point delivered for a business date, and what became of it."""

from __future__ import annotations

from warehouse_models.contract import Type
from warehouse_models.mart import Form, MartTable
from warehouse_models.marts import vocabulary as v

DELIVERY_SCORECARD = MartTable(
    name="quality.delivery_scorecard",
    title="Scorecard of deliveries",
    title_zh="数据交付评分卡",
    grain="month, business date, point and table",
    key=("month", "business_date", "point_id", "table_name"),
    inputs=("ledger.account",),
    columns=(
        v.MONTH,
        v.dimension("business_date", "Business date that the deliveries state.", "业务日期", Type.DATE),
        v.POINT,
        v.dimension("table_name", "Table of the exchange standard.", "数据表"),
        v.figure("deliveries", Type.INTEGER, "Deliveries, repeated and refused ones included.", "批次数"),
        v.figure("refused_deliveries", Type.INTEGER, "Deliveries refused as a whole.", "拒收批次数"),
        v.figure("declared_rows", Type.INTEGER, "Rows that the manifests declare.", "申报行数"),
        v.figure("refused_rows", Type.INTEGER, "Rows of refused deliveries.", "拒收行数"),
        v.figure("landed_rows", Type.INTEGER, "Rows read.", "落地行数"),
        v.figure("accepted_rows", Type.INTEGER, "Rows that stand in the four databases.", "入库行数"),
        v.figure("quarantined_rows", Type.INTEGER, "Rows set aside for a reason.", "隔离行数"),
        v.figure("waiting_rows", Type.INTEGER, "Rows that wait for a parent or a decision.", "等待行数"),
        v.figure("repeated_rows", Type.INTEGER, "Rows delivered more than once.", "重复行数"),
        v.figure("superseded_rows", Type.INTEGER, "Rows that a later version replaced.", "被更新行数"),
        v.figure("deleted_rows", Type.INTEGER, "Deletions in force.", "删除行数"),
        v.figure("accepted_amount", Type.MONEY, "Money of the rows that stand.", "入库金额", "yuan"),
        v.figure(
            "acceptance_rate", Type.QUANTITY, "Landed rows that were not quarantined, over landed rows.", "合格率"
        ),
        v.figure(
            "unpriced_cells", Type.INTEGER, "Cells of the amount column that hold no money.", "无法识别的金额单元格数"
        ),
    ),
    metrics=(
        v.total("deliveries", "Deliveries, repeated and refused ones included.", "批次数"),
        v.total("refused_deliveries", "Deliveries refused as a whole.", "拒收批次数"),
        v.total("declared_rows", "Rows that the manifests declare.", "申报行数"),
        v.total("landed_rows", "Rows read.", "落地行数"),
        v.total("accepted_rows", "Rows that stand in the four databases.", "入库行数"),
        v.total("refused_rows", "Rows of refused deliveries.", "拒收行数"),
        v.total("quarantined_rows", "Rows set aside for a reason.", "隔离行数"),
        v.total("waiting_rows", "Rows that wait for a parent or a decision.", "等待行数"),
        v.total("repeated_rows", "Rows delivered more than once.", "重复行数"),
        v.total("superseded_rows", "Rows that a later version replaced.", "被更新行数"),
        v.total("deleted_rows", "Deletions in force.", "删除行数"),
        v.total("accepted_amount", "Money of the rows that stand.", "入库金额", Form.MONEY, "yuan"),
        v.quotient(
            "acceptance_rate",
            "Share of landed rows that were not quarantined.",
            "合格率",
            ("(landed_rows - quarantined_rows)", "landed_rows"),
            definition=("(landed - quarantined) / landed rows", "（落地行数－隔离行数）÷落地行数"),
        ),
    ),
)
