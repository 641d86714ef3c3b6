"""Small provinces written by hand, for tests: valid rows, deliveries of any kind, a site.

    outbox = tmp_path / "offers" / "P001"
    write_delivery(outbox, registers(), sequence=1, business_date="2026-06-29")
    write_delivery(outbox, visit("V1"), sequence=2)
    write_delivery(outbox, {"encounter": [row("encounter", started_at="2026-05-30 09:00:00")]}, sequence=3,
                   kind="correction")
    write_delivery(outbox, deletion_of(visit("V1")), sequence=4, kind="deletion")
    write_site(tmp_path / "site", {"P001": "standard-1"})

All values are canonical text: standard column names and codes, times YYYY-MM-DD HH:MM:SS, money in yuan, None for an
empty cell. The dialect's headers, codes, formats and encoding are applied on writing; text that is no time, number or
code of a list passes unchanged, so that tests can write any mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from jobs.province.catalogue import TABLES
from jobs.province.dialect import dialect, file_columns
from jobs.province.offers import Lie, Offer, repeat_offer, write_offer
from jobs.province.sample_cells import DAY, INSTITUTION_CODE, Row
from jobs.province.samples import Rows, deletion_of, registers, row, visit
from jobs.province.wire import Twist

__all__ = [
    "DAY",
    "INSTITUTION_CODE",
    "Lie",
    "Row",
    "Rows",
    "Twist",
    "deletion_of",
    "registers",
    "repeat_delivery",
    "row",
    "visit",
    "write_delivery",
    "write_site",
]


def write_delivery(
    outbox: Path,
    rows: Mapping[str, Sequence[Mapping[str, str | None]]],
    *,
    sequence: int = 1,
    business_date: str = DAY,
    kind: str = "increment",
    vendor: str = "standard-1",
    period: tuple[str, str] | None = None,
    offered_at: str | None = None,
    folder: str = "",
    files: int = 1,
    twists: Mapping[str, Twist] | None = None,
    lie: Lie | None = None,
) -> Path:
    """Write a delivery of the point that the outbox is named after; return its folder.

    vendor: name of the dialect.   period: of a `full`, first and last day.   offered_at: default 01:10 the next day.
    files: over how many files to spread each table that has so many rows.   twists: table -> what is odd about its
    file.   lie: what the manifest says wrongly.
    """
    offer = Offer(
        point=outbox.name,
        business_date=date.fromisoformat(business_date),
        sequence=sequence,
        kind=kind,
        period=period and (date.fromisoformat(period[0]), date.fromisoformat(period[1])),
        offered_at=datetime.fromisoformat(offered_at) if offered_at else None,
        folder=folder,
        twists=twists or {},
        lie=lie,
    )
    tables = {name: _table(name, given, kind == "deletion") for name, given in rows.items()}
    write_offer(outbox, offer, tables, dialect(vendor), dict.fromkeys(tables, files))
    return outbox / offer.name


def repeat_delivery(folder: Path) -> Path:
    """Offer the same bytes again, in a folder named `<name>-again`."""
    return folder.parent / repeat_offer(folder.parent, folder.name)


def _table(name: str, rows: Sequence[Mapping[str, str | None]], is_deletion: bool) -> pa.Table:
    columns = file_columns(TABLES[name], is_deletion)
    cells = {column.name: [each.get(column.name) for each in rows] for column in columns}
    return pa.table({key: pa.array(values, pa.string()) for key, values in cells.items()})


def write_site(folder: Path, points: Mapping[str, str], offers: str = "../offers", **settings: Any) -> Path:
    """Write a site directory: point id -> dialect; every point has its outbox below `offers`. Return the folder."""
    (folder / "points").mkdir(parents=True, exist_ok=True)
    for point, vendor in points.items():
        declared = {
            "id": point,
            "name": f"测试医院{point}",
            "class": "hospital",
            "institution": INSTITUTION_CODE,
            "region": "632701",
            "dialect": vendor,
            "transport": {"kind": "directory", "path": f"{offers}/{point}"},
            "timetable": "01:00",
            "connected_from": date(2026, 6, 1),
        }
        _write_yaml(folder / "points" / f"{point}.yaml", declared)
    _write_yaml(folder / "settings.yaml", {"name": "测试省", "waiting_days": 30, **settings})
    return folder


def _write_yaml(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False), encoding="utf-8")
