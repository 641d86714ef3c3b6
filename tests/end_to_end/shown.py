"""What charts must show, computed from the marts' rows by the definitions of their figures; nothing of it is Superset's."""

from __future__ import annotations

import calendar
import csv
import math
import statistics
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deltalake import DeltaTable

from dashboards.declared import Chart
from jobs.lake import table_path
from jobs.onboarding import standing
from jobs.publication import current
from tests.end_to_end.conftest import PLAN, BuiltNight
from tests.end_to_end.tables import mart_rows
from warehouse_models.registry import conformed, marts

CODES = Path(__file__).resolve().parents[2] / "warehouse_models" / "codes"
LISTS = {
    "channel": "channel",
    "department": "department",
    "charge_bucket": "charge_bucket",
    "city": "region",
    "region": "region",
}
Row = dict[str, Any]
Figure = Callable[[list[Row]], Any]


def total(name: str) -> Figure:
    return lambda rows: sum((row[name] for row in rows), Decimal(0))


def quotient(part: Figure, whole: Figure) -> Figure:
    return lambda rows: float(part(rows)) / float(whole(rows)) if whole(rows) else None


def of_materials(rows: list[Row]) -> Decimal:
    if rows and "material_income" in rows[0]:
        return sum((row["material_income"] for row in rows), Decimal(0))
    return sum((row["income"] for row in rows if row["charge_bucket_code"] == "material"), Decimal(0))


def passed(rows: list[Row]) -> int:
    return sum(row["landed_rows"] - row["quarantined_rows"] for row in rows)


# What the pages' figures mean, written from their definitions.
FIGURES: Mapping[str, Figure] = {
    "drug_share": quotient(total("drug_income"), total("income")),
    "material_share": quotient(of_materials, total("income")),
    "income_per_visit": quotient(total("income"), total("visits")),
    "drugs_per_prescription": quotient(total("items"), total("prescriptions")),
    "antibiotic_rate": quotient(total("antibiotic_prescriptions"), total("prescriptions")),
    "mean_supply_days": quotient(total("supply_days"), total("supplied_prescriptions")),
    "review_rate": quotient(total("reviewed_prescriptions"), total("prescriptions")),
    "mean_review_minutes": quotient(total("review_minutes"), total("reviewed_prescriptions")),
    "latest_on": lambda rows: max((row["latest_on"] for row in rows if row["latest_on"]), default=None),
    "acceptance_rate": quotient(passed, total("landed_rows")),
}
COMPARED = {
    "spending.income_composition": ("drug_share", "material_share", "income_per_visit"),
    "supervision.prescription_profile": (
        "drugs_per_prescription",
        "antibiotic_rate",
        "mean_supply_days",
        "review_rate",
        "mean_review_minutes",
    ),
}


def all_rows(built_night: BuiltNight) -> dict[str, list[Row]]:
    """The rows of each served table with names in both languages, joined here from the lists' files and the register."""
    register = {row["institution_code"]: row for row in _register(built_night)}
    of_point = {row["point_id"]: row["institution_code"] for row in register.values()}
    found: dict[str, list[Row]] = {}
    for name, mart in marts().items():
        columns = [column.name for column in mart.columns]
        found[name] = [dict(zip(columns, row, strict=True)) for row in mart_rows(built_night.settings, name)]
        for row in found[name]:
            _name(row, register, of_point)
    for table, stand in standing(built_night.settings, PLAN.ending).items():
        found[table.name] = stand.to_pylist()
        for row in found[table.name]:
            _name(row, register, of_point)
    found["peers.standing"] = list(_standing(found, register))
    found["public.overview"] = list(_overview(found))
    found["meta.publication"] = [_publication(built_night, found["quality.delivery_scorecard"], register)]
    return found


def _register(built_night: BuiltNight) -> list[Row]:
    table = DeltaTable(str(table_path(built_night.settings, conformed()["resources.institution"])))
    return [row for row in table.to_pyarrow_table().to_pylist() if not row["is_deleted"]]


def _name(row: Row, register: Mapping[str, Row], of_point: Mapping[str, str]) -> None:
    institution = row.get("institution_code") or of_point.get(row.get("point_id", ""))
    place = register.get(institution or "", {})
    row["institution_name"] = place.get("institution_name")
    row["city_code"] = place["region_code"][:4] + "00" if place else None
    if row.get("month"):
        row["month_on"] = date.fromisoformat(row["month"] + "-01")
    for stem, listed in LISTS.items():
        code = row.get(f"{stem}_code")
        for language, heading in (("zh", "name_zh"), ("en", "name")):
            row[f"{stem}_{language}"] = _names(listed, heading).get(code or "")
    if "table_name" in row:
        row["table_zh"], row["table_en"] = _titles()[row["table_name"]]


@cache
def _names(listed: str, heading: str) -> dict[str, str]:
    with open(CODES / f"{listed}.csv", encoding="utf-8") as file:
        return {line["code"]: line[heading] for line in csv.DictReader(file)}


@cache
def _titles() -> dict[str, tuple[str, str]]:
    return {table.source.name: (table.source.title_zh, table.source.title) for table in conformed().values()}


def _standing(found: Mapping[str, list[Row]], register: Mapping[str, Row]) -> Iterator[Row]:
    for table, names in COMPARED.items():
        months = sorted({row["month"] for row in found[table]})
        for month in months:
            for name in names:
                own = {
                    code: FIGURES[name](chosen)
                    for code in register
                    if (
                        chosen := [
                            row for row in found[table] if (row["month"], row["institution_code"]) == (month, code)
                        ]
                    )
                }
                for code, value in own.items():
                    if value is not None:
                        yield _beside(month, name, code, own, register)


def _beside(month: str, name: str, code: str, own: Mapping[str, float | None], register: Mapping[str, Row]) -> Row:
    of_class = register[code]["class_code"]
    peers = [
        value
        for other, value in own.items()
        if other != code and value is not None and register[other]["class_code"] == of_class
    ]
    lower, median, upper = statistics.quantiles(peers, n=4, method="inclusive") if len(peers) >= 5 else (None,) * 3
    metric = next(each for mart in marts().values() for each in mart.metrics if each.name == name)
    return {
        "month": month,
        "institution_name": register[code]["institution_name"],
        "metric_name": name,
        "metric_zh": metric.says_zh,
        "metric_en": name.replace("_", " ").capitalize(),
        "value": own[code],
        "peers": len(peers),
        "peer_lower": lower,
        "peer_median": median,
        "peer_upper": upper,
    }


def _overview(found: Mapping[str, list[Row]]) -> Iterator[Row]:
    spent, prescribed = (found[name] for name in COMPARED)
    for month in sorted({row["month"] for row in spent}):
        here = [row for row in spent if row["month"] == month]
        institutions = {row["institution_code"] for row in here}
        if len(institutions) >= 6:
            written = [row for row in prescribed if row["month"] == month]
            yield {
                "month": month,
                "month_on": date.fromisoformat(month + "-01"),
                "institutions": len(institutions),
                "income": total("income")(here),
                "drug_income": total("drug_income")(here),
                "material_income": of_materials(here),
                "visits": total("visits")(here),
                "prescriptions": total("prescriptions")(written),
                "antibiotic_prescriptions": total("antibiotic_prescriptions")(written),
            }


def _publication(built_night: BuiltNight, scorecard: list[Row], register: Mapping[str, Row]) -> Row:
    shown = current(built_night.settings)
    assert shown is not None
    points = {row["point_id"] for row in scorecard}
    of_the_night = {row["point_id"] for row in scorecard if row["business_date"] == shown.night}
    return {
        "night": shown.night,
        "number": shown.number,
        "institutions": len(register),
        "points": len(points),
        "points_of_the_night": len(of_the_night),
        "coverage": len(of_the_night) / len(points),
        "age_days": (datetime.now(ZoneInfo("Asia/Shanghai")).date() - shown.night).days,
    }


def expected(chart: Chart, rows: list[Row], language: str) -> list[Row]:
    """What the chart must show: its groups with their figures."""
    chosen = [row for row in rows if all(row[name] == value for name, value in chart.where.items())]
    names = [_column(name, rows[0], language) for name in (*((chart.over,) if chart.over else ()), *chart.by)]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in chosen:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return [
        {**dict(zip(names, key, strict=True)), **{metric: _figure(chart, metric, group) for metric in chart.metrics}}
        for key, group in groups.items()
    ]


def _column(name: str, row: Row, language: str) -> str:
    return name if name in row else f"{name}_{language}"


def _figure(chart: Chart, metric: str, group: list[Row]) -> Any:
    if chart.table in ("meta.publication", "peers.standing"):
        (row,) = group
        return row[metric]
    return FIGURES.get(metric, total(metric))(group)


def as_asked(value: Any) -> Any:
    """A value as the interface writes it: days as milliseconds, money as a number."""
    if isinstance(value, date):
        return float(calendar.timegm(value.timetuple()) * 1000)
    return float(value) if isinstance(value, Decimal) else value


def same(found: Any, wanted: Any) -> bool:
    """Equal; quotients and quartiles to the last few bits."""
    if isinstance(found, float) and isinstance(wanted, float | int):
        return math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-12)
    return bool(found == wanted)


def without_stamps(assets: Mapping[str, str]) -> dict[str, str]:
    """Exported assets without the time of the export."""
    return {path: text for path, text in assets.items() if path != "metadata.yaml"}
