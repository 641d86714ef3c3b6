"""What readers send who try to see more than theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def question(
    dataset: int, *, form: str = "json", kind: str = "full", force: bool = True, **query: Any
) -> dict[str, Any]:
    asked = {
        "columns": ["institution_code", "institution_name"],
        "metrics": [],
        "filters": [],
        "extras": {},
        "row_limit": 10_000,
    }
    return {
        "datasource": {"id": dataset, "type": "table"},
        "force": force,
        "queries": [asked | query],
        "form_data": {},
        "result_format": form,
        "result_type": kind,
    }


def sql_metric(sql: str) -> dict[str, str]:
    return {"expressionType": "SQL", "sqlExpression": sql, "label": "x"}


LISTING = "string_agg(distinct institution_code, ',')"
# What is sent for each dataset. Those of ALLOWED must show an analyst all institutions, or the attack would prove nothing.
DATA = "/api/v1/chart/data"
ALLOWED: dict[str, Callable[[int], tuple[str, str, Any]]] = {
    "chart data": lambda number: ("POST", DATA, question(number)),
    "chart data from the cache": lambda number: ("POST", DATA, question(number, force=False)),
    "drill by": lambda number: (
        "POST",
        DATA,
        question(number, columns=["city_zh", "institution_name", "institution_code"]),
    ),
    "CSV": lambda number: ("POST", DATA, question(number, form="csv")),
    "XLSX": lambda number: ("POST", DATA, question(number, form="xlsx")),
    "drill to detail": lambda number: (
        "POST",
        DATA,
        question(number, kind="drill_detail", columns=["institution_code"]),
    ),
    "filter values": lambda number: ("GET", f"/api/v1/datasource/table/{number}/column/institution_code/values/", None),
    "metric SQL": lambda number: ("POST", DATA, question(number, columns=[], metrics=[sql_metric(LISTING)])),
}
OTHER_LISTING = f"select {LISTING} from quality.delivery_scorecard"
OTHER = "select * from quality.delivery_scorecard"
UNION = "1 = 0) union all (select institution_code, institution_name from quality.delivery_scorecard"
OTHER_FILE = "(select count(*) from read_csv('/etc/passwd'))"
OTHERS: dict[str, Callable[[int], tuple[str, str, Any]]] = {
    "samples": lambda number: ("POST", DATA, question(number, kind="samples")),
    "samples of the explorer": lambda number: (
        "POST",
        f"/datasource/samples?datasource_type=table&datasource_id={number}",
        {},
    ),
    "SQL Lab": lambda _: ("POST", "/api/v1/sqllab/execute/", {"database_id": 1, "sql": OTHER, "runAsync": False}),
    "a sub-query": lambda number: (
        "POST",
        DATA,
        question(number, columns=[], metrics=[sql_metric(f"({OTHER_LISTING})")]),
    ),
    "a set operation": lambda number: ("POST", DATA, question(number, extras={"where": UNION})),
    "a filter in SQL": lambda number: ("POST", DATA, question(number, extras={"where": "1 = 1) or (1 = 1"})),
    "a virtual dataset": lambda _: ("POST", "/api/v1/dataset/", {"database": 1, "table_name": "mine", "sql": OTHER}),
    "a column in SQL": lambda number: ("POST", DATA, question(number, columns=[sql_metric("(select 1)")])),
    "another file": lambda number: ("POST", DATA, question(number, columns=[], metrics=[sql_metric(OTHER_FILE)])),
    "another schema": lambda _: ("GET", "/api/v1/database/1/tables/?q=(force:!t,schema_name:quality)", None),
    "a look at the table": lambda _: ("GET", "/api/v1/database/1/select_star/delivery_scorecard/quality/", None),
    "the old interface": lambda number: (
        "POST",
        "/superset/explore_json/",
        {"form_data": json.dumps(old_form(number))},
    ),
}


# Those that nobody who may not explore gets any answer to; what a count of another file says names no institution.
IN_SQL = ("metric SQL", "a sub-query", "a set operation", "a filter in SQL", "a column in SQL", "another file")


def old_form(dataset: int) -> dict[str, Any]:
    return {"datasource": f"{dataset}__table", "viz_type": "table", "groupby": ["institution_code"]}
