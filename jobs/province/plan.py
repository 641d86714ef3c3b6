"""What province to generate: parameters, and the points that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import ceil

from jobs.province.check_digits import credit_code, organization_code
from jobs.province.places import COUNTIES, INTERNET_BRANDS, TOWNSHIPS, URBAN_DISTRICTS

INTERNET, HOSPITAL, TOWNSHIP = "internet_hospital", "hospital", "township_centre"
# The default province: 29 Internet hospitals as in Yinchuan, 14 hospitals and 50 township centers as in Yushu.
DEFAULT_POINTS = 93
SHARES = {INTERNET: 29, HOSPITAL: 14}
# Of 14 hospitals three are the prefecture's, of level III.
PREFECTURE_SHARE = 3 / 14
YUSHU_MONTHS = 24
YUSHU_TOTALS = {"person": 1_270_849, "encounter": 1_154_277, "prescription_item": 6_310_356}
# Kind of point and level -> visits of a workday, own patients, relative size in `yushu`.
SIZES = {
    (INTERNET, 4): (32, 1_500, 1.0),
    (HOSPITAL, 3): (330, 9_000, 9.0),
    (HOSPITAL, 2): (150, 4_500, 4.5),
    (TOWNSHIP, 1): (20, 1_200, 0.9),
}


@dataclass(frozen=True)
class Plan:
    """Parameters of a province. The nights are `nights` business dates that end with `ending`.

    volume: `small`, or `yushu`: one full delivery a point over 24 months. scale: part of yushu's totals."""

    seed: int = 1
    points: int = DEFAULT_POINTS
    nights: int = 8
    volume: str = "small"
    ending: date = date(2026, 6, 30)
    scale: float = 1.0

    @property
    def dates(self) -> tuple[date, ...]:
        """Business dates, first to last."""
        return tuple(self.ending - timedelta(days=back) for back in range(self.nights - 1, -1, -1))

    @property
    def begin(self) -> date:
        """First day on which something happens."""
        if self.volume == "small":
            return self.dates[0]
        last_month = self.ending.year * 12 + self.ending.month - 1
        year, month = divmod(last_month - YUSHU_MONTHS + 1, 12)
        return date(year, month + 1, 1)

    def total(self, table: str) -> int:
        """Exact number of rows of a table of `yushu`."""
        return round(YUSHU_TOTALS[table] * self.scale)


@dataclass(frozen=True)
class Point:
    """One front-end exchange point and the institution behind it.

    number: from 1.   rank: from 0 among its kind.   homes: numbers of the points whose patients also come here.
    """

    number: int
    kind: str
    rank: int
    level: int
    region: str
    name: str
    institution: str
    credit: str
    class_code: str
    dialect: str
    homes: tuple[int, ...]

    @property
    def id(self) -> str:
        """P001, P002, …"""
        return f"P{self.number:03d}"

    @property
    def visits(self) -> int:
        """Visits of an ordinary workday."""
        return SIZES[self.kind, self.level][0]

    @property
    def own_patients(self) -> int:
        """How many patients live nearby."""
        return SIZES[self.kind, self.level][1]

    @property
    def weight(self) -> float:
        """Share of a province's visits, relative to other points."""
        return SIZES[self.kind, self.level][2]

    @property
    def timetable(self) -> str:
        """When it offers a night's extract, between 01:00 and 04:55."""
        hour, minute = divmod((self.number * 35) % 236 + 60, 60)
        return f"{hour:02d}:{minute - minute % 5:02d}"


def counts(points: int) -> dict[str, int]:
    """How many points of each kind a province of so many has: the default's proportions, one of each from three on."""
    internet, hospital = (
        max(1, round(points * SHARES[kind] / DEFAULT_POINTS)) if points >= 3 else 0 for kind in (INTERNET, HOSPITAL)
    )
    hospital = hospital or 1
    return {INTERNET: internet, HOSPITAL: hospital, TOWNSHIP: points - internet - hospital}


@cache
def points_of(points: int) -> tuple[Point, ...]:
    """All points, Internet hospitals first, then hospitals, then township centers."""
    kinds = [(kind, rank) for kind, count in counts(points).items() for rank in range(count)]
    return tuple(_point(number, kind, rank, points) for number, (kind, rank) in enumerate(kinds, 1))


def _point(number: int, kind: str, rank: int, points: int) -> Point:
    region, name, level, class_code = _character(kind, rank, counts(points)[HOSPITAL])
    organization = organization_code(f"{43_210_000 + number * 37:08d}")
    economy, management, payer = ("16", "9", "91") if kind == INTERNET else ("11", "1", "12")
    return Point(
        number=number,
        kind=kind,
        rank=rank,
        level=level,
        region=region,
        name=name,
        institution=f"{organization}{region}{economy}{class_code}{management}",
        credit=credit_code(f"{payer}{region}{organization}"),
        class_code=class_code,
        dialect="huakang-3" if number % 3 == 2 else "standard-1",
        homes=_homes(kind, rank, points),
    )


def _character(kind: str, rank: int, hospitals: int) -> tuple[str, str, int, str]:
    """Region, name, level and class of an institution."""
    counties, prefectures = tuple(COUNTIES), max(1, round(hospitals * PREFECTURE_SHARE))
    if kind == INTERNET:
        districts = tuple(URBAN_DISTRICTS)
        round_, place = divmod(rank, len(INTERNET_BRANDS))
        ordinal = f"第{round_ + 1}" if round_ else ""
        return districts[rank % len(districts)], f"银川{INTERNET_BRANDS[place]}{ordinal}互联网医院", 4, "A100"
    if kind == HOSPITAL and rank < prefectures:
        name = ("玉树藏族自治州人民医院", "玉树藏族自治州藏医院", "玉树藏族自治州第二人民医院")[rank % 3]
        return counties[0], name + (f"{rank // 3 + 1}院区" if rank >= 3 else ""), 3, "A412" if rank % 3 == 1 else "A100"
    if kind == HOSPITAL:
        round_, place = divmod(rank - prefectures, len(counties))
        suffix = ("人民医院", "藏医院", f"第{round_ + 1}人民医院")[min(round_, 2)]
        return counties[place], COUNTIES[counties[place]] + suffix, 2, "A412" if round_ == 1 else "A100"
    round_, place = divmod(rank, len(TOWNSHIPS))
    county, township = TOWNSHIPS[place]
    name = f"{COUNTIES[county]}{township}{'中心' if township.endswith('镇') else ''}卫生院"
    return county, name + (f"第{round_}分院" if round_ else ""), 1, "C210" if township.endswith("镇") else "C220"


def _homes(kind: str, rank: int, points: int) -> tuple[int, ...]:
    """Hospitals see patients of a few township centers, Internet hospitals those of two hospitals."""
    many = counts(points)
    if kind == TOWNSHIP or (kind == HOSPITAL and not many[TOWNSHIP]):
        return ()
    if kind == HOSPITAL:
        first = many[INTERNET] + many[HOSPITAL] + 1
        each = ceil(many[TOWNSHIP] / many[HOSPITAL])
        return tuple(first + (rank + step * many[HOSPITAL]) % many[TOWNSHIP] for step in range(min(each, 3)))
    first = many[INTERNET] + 1
    return tuple(sorted({first + (rank + step) % many[HOSPITAL] for step in range(2)}))
