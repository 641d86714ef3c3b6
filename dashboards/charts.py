"""A declared chart as Superset draws and asks it: `params` for the page, `query_context` for the interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from dashboards.datasets import FORMATS, column_of, columns, identity, metric_of, tables, time_of, unit_of
from dashboards.declared import Chart, Reference
from warehouse_models.mart import Form, Metric
from warehouse_models.served import MONTH_ON

DRAWN = {
    "number": "big_number_total",
    "lines": "echarts_timeseries_line",
    "bars": "echarts_timeseries_bar",
    "stacked": "echarts_timeseries_bar",
    "ranking": "echarts_timeseries_bar",
    "table": "table",
}
DATES = {"P1M": "%Y-%m", "P1D": "%Y-%m-%d"}


def chart(name: str, declared: Chart, language: str) -> dict[str, Any]:
    """A chart of a bundle. It must have passed the check: what it names is there."""
    params = _params(declared, language)
    return {
        "slice_name": declared.titled(language),
        "description": declared.told(language) or _definitions(declared, language),
        "viz_type": DRAWN[declared.kind],
        "params": params,
        "query_context": json.dumps(_query_context(declared, params, language), ensure_ascii=False, sort_keys=True),
        "cache_timeout": None,
        "is_managed_externally": True,
        "uuid": identity("chart", name, language),
        "dataset_uuid": identity("dataset", declared.table, language),
        "version": "1.0.0",
    }


def _definitions(declared: Chart, language: str) -> str:
    """What its figures mean, for the tooltip of a chart that says nothing itself."""
    said = [f"{_says(metric, language)}: {_definition(metric, language)}" for metric in _metrics(declared)]
    return "\n".join(line for line in said if not line.endswith(": "))


def _params(declared: Chart, language: str) -> dict[str, Any]:
    """Form data: what the chart's kind needs, and what all have."""
    common = {
        "datasource": "1__table",  # Superset puts the dataset's number here.
        "viz_type": DRAWN[declared.kind],
        "adhoc_filters": [*_period(declared), *(_equals(column, value) for column, value in declared.where.items())],
        "row_limit": declared.rows,
        "time_range": "No filter",
        "extra_form_data": {},
    }
    return common | KINDS[declared.kind](declared, language)


def _number(declared: Chart, language: str) -> dict[str, Any]:
    (metric,) = _metrics(declared)
    return {
        "metric": metric.name,
        "subtitle": unit_of(metric.unit, language),
        "header_font_size": 0.5,
        "subtitle_font_size": 0.3,
        "y_axis_format": _number_format(metric),
        "force_timestamp_formatting": metric.form is Form.DAY,
        "time_format": DATES["P1D"],
        "conditional_formatting": [_alarm(metric.name, declared.alarm)] if declared.alarm is not None else [],
    }


def _alarm(metric: str, above: float) -> dict[str, Any]:
    return {"column": metric, "operator": ">", "targetValue": above, "colorScheme": "#c0392b"}


def _series(declared: Chart, language: str) -> dict[str, Any]:
    """What lines and bars have in common: an axis, figures, and perhaps a series for each of something."""
    axis = _column(declared, declared.over or "", language)
    grain = _grain(declared)
    return {
        "x_axis": axis,
        "metrics": list(declared.metrics),
        "groupby": [_column(declared, name, language) for name in declared.by],
        "time_grain_sqla": grain,
        "x_axis_sort_asc": True,
        "x_axis_sort_series": "name",
        "x_axis_time_format": DATES.get(grain or "", "smart_date"),
        "tooltipTimeFormat": DATES.get(grain or "", "smart_date"),
        "y_axis_format": _axis_format(_metrics(declared)[0]),
        "y_axis_bounds": [None, None],
        "truncateYAxis": False,
        "order_desc": True,
        "limit": 0,
        "show_legend": bool(declared.by) or len(declared.metrics) > 1,
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "showTooltipTotal": declared.kind == "stacked",
        "truncate_metric": True,
        "show_empty_columns": False,
        "comparison_type": "values",
        "annotation_layers": [_layer(declared.reference, language)] if declared.reference else [],
        "color_scheme": "supersetColors",
        "zoomable": False,
    }


def _lines(declared: Chart, language: str) -> dict[str, Any]:
    return _series(declared, language) | {"markerEnabled": True, "markerSize": 6, "seriesType": "line"}


def _bars(declared: Chart, language: str) -> dict[str, Any]:
    return _series(declared, language) | {"orientation": "vertical", "stack": None}


def _stacked(declared: Chart, language: str) -> dict[str, Any]:
    return _bars(declared, language) | {"stack": "Stack", "only_total": True}


def _ranking(declared: Chart, language: str) -> dict[str, Any]:
    """Horizontal bars, the largest on top."""
    return _series(declared, language) | {
        "orientation": "horizontal",
        "stack": None,
        "x_axis_sort": declared.metrics[0],
        "x_axis_sort_asc": True,
        "show_value": True,
        "sort_series_type": "sum",
    }


def _table(declared: Chart, language: str) -> dict[str, Any]:
    by = [_column(declared, name, language) for name in declared.by]
    return {
        "query_mode": "aggregate",
        "groupby": by,
        "metrics": list(declared.metrics),
        "percent_metrics": [],
        "all_columns": [],
        "order_by_cols": [],
        "timeseries_limit_metric": declared.metrics[0],
        "order_desc": True,
        "server_pagination": False,
        "table_timestamp_format": "%Y-%m-%d",
        "show_cell_bars": False,
        "include_search": True,
        "page_length": 20,
        "temporal_columns_lookup": {},
        "column_config": {metric.name: {"d3NumberFormat": FORMATS[metric.form]} for metric in _metrics(declared)},
    }


KINDS: Mapping[str, Callable[[Chart, str], dict[str, Any]]] = {
    "number": _number,
    "lines": _lines,
    "bars": _bars,
    "stacked": _stacked,
    "ranking": _ranking,
    "table": _table,
}


def _query_context(declared: Chart, params: dict[str, Any], language: str) -> dict[str, Any]:
    """The question that the page asks for this chart. Without one saved, a guest may ask for other columns."""
    return {
        "datasource": {"id": 1, "type": "table"},  # Superset puts the dataset's number here.
        "force": False,
        "queries": [_query(declared, params, language)],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }


def _query(declared: Chart, params: dict[str, Any], language: str) -> dict[str, Any]:
    by = [_column(declared, name, language) for name in declared.by]
    axis = [_axis(params["x_axis"], params["time_grain_sqla"])] if declared.over else []
    grain = {"time_grain_sqla": params["time_grain_sqla"]} if declared.over and params["time_grain_sqla"] else {}
    return {
        "annotation_layers": [],
        "applied_time_extras": {},
        "columns": [*axis, *by],
        "extras": {**grain, "having": "", "where": ""},
        "filters": [
            {"col": each["subject"], "op": each["operator"], "val": each["comparator"]}
            for each in params["adhoc_filters"]
        ],
        "metrics": list(declared.metrics),
        "order_desc": True,
        "orderby": [[declared.metrics[0], False]] if axis or by else [],
        "row_limit": declared.rows,
        "series_columns": by if axis else [],
        "series_limit": 0,
        "time_range": "No filter",
    }


def _axis(column: str, grain: str | None) -> Any:
    """As a page in a browser asks for it: a guest's question must be the chart's own to the letter."""
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "isColumnReference": True,
        "label": column,
        "sqlExpression": column,
        "timeGrain": grain,
    }


def _column(declared: Chart, name: str, language: str) -> str:
    found = column_of(tables()[declared.table], name, language)
    if found is None:
        raise KeyError(f"{declared.table} has no {name}")
    return found


def _metrics(declared: Chart) -> list[Metric]:
    table = tables()[declared.table]
    return [metric for name in declared.metrics if (metric := metric_of(table, name)) is not None]


def _grain(declared: Chart) -> str | None:
    """How fine its axis of time is; None: it is no time."""
    if declared.over == MONTH_ON.name:
        return "P1M"
    table = tables()[declared.table]
    times = {each.name for each in columns(table, "zh") if each.column.type in ("date", "time")}
    return "P1D" if declared.over in times else None


def _equals(column: str, value: str) -> dict[str, Any]:
    return {
        "clause": "WHERE",
        "comparator": value,
        "expressionType": "SIMPLE",
        "operator": "==",
        "operatorId": "EQUALS",
        "subject": column,
    }


def _period(declared: Chart) -> list[dict[str, Any]]:
    """The filter that lets a page's period reach the chart."""
    time = time_of(tables()[declared.table])
    found = {"clause": "WHERE", "comparator": "No filter", "expressionType": "SIMPLE", "operator": "TEMPORAL_RANGE"}
    return [{**found, "subject": time}] if time else []


def _layer(reference: Reference, language: str) -> dict[str, Any]:
    """A dashed line at a reference value."""
    return {
        "annotationType": "FORMULA",
        "color": "#8c8c8c",
        "name": reference.titled(language),
        "opacity": "",
        "show": True,
        "showLabel": True,
        "showMarkers": False,
        "sourceType": "",
        "style": "dashed",
        "value": str(reference.value),
        "width": 1,
    }


def _says(metric: Metric, language: str) -> str:
    return metric.says_zh if language == "zh" else metric.says.rstrip(".")


def _definition(metric: Metric, language: str) -> str:
    return metric.definition_zh if language == "zh" else metric.definition


def _number_format(metric: Metric) -> str:
    return ",.0f" if metric.form is Form.MONEY else FORMATS[metric.form]


def _axis_format(metric: Metric) -> str:
    return {Form.MONEY: ",.0f", Form.SHARE: ".0%"}.get(metric.form) or FORMATS[metric.form]
