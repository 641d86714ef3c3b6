"""The institution behind a point, as it files itself."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan, Point

GRADES = {INTERNET: None, HOSPITAL: "1", TOWNSHIP: "4"}


def institution_row(plan: Plan, point: Point) -> pa.Table:
    """The one row of the institution table."""
    has_internet = point.kind != TOWNSHIP
    second = {INTERNET: f"{point.name.removesuffix('互联网医院')}在线", HOSPITAL: f"{point.name}互联网医院"}.get(
        point.kind
    )
    row = {
        "institution_code": point.institution,
        "credit_code": point.credit,
        "institution_name": point.name,
        "second_name": second,
        "class_code": point.class_code,
        "level_code": str(point.level),
        "grade_code": GRADES[point.kind],
        "region_code": point.region,
        "licence_number": f"PDY{point.number:05d}{point.region}17{point.class_code}1",
        "licence_valid_from": "2021-07-01",
        "licence_valid_to": "2036-06-30",
        "has_internet_service": "1" if has_internet else "0",
        "security_level": "3" if point.level >= 3 else "2",
        "security_assessed_on": str(plan.begin - timedelta(days=40 + point.number * 7 % 400)),
        "updated_at": f"{plan.begin - timedelta(days=30)} 08:30:00",
    }
    return pa.table({name: pa.array([cell], pa.string()) for name, cell in row.items()})
