"""Gates: which measures of a delivery's counters are looked at, and beyond which limits it is warned or held.

A limit is data. Great Expectations checks a night's measures against all limits at once; nothing here imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from lakehouse.errors import LakehouseError

SEVERITIES = ("warn", "hold")


@dataclass(frozen=True)
class Measure:
    """A number about one table of a delivery; null where it cannot be judged.

    code: reason code.   form: how people read it: a `share` as per cent, a `ratio`, a number of `days`.
    says, says_zh: sentence with {value}, {limit} and {side} (below or above).   do, do_zh: what a person does about it.
    """

    name: str
    code: str
    form: str
    says: str
    says_zh: str
    do: str
    do_zh: str


MEASURES = (
    Measure(
        "comparable_days",
        "gate.history",
        "days",
        "There are {value} earlier days to compare with, {side} {limit}: volumes are not judged yet.",
        "可比业务日仅{value}，{side}{limit}，暂不评判数据量。",
        "Nothing; it ends by itself.",
        "无需处理，数据积累后自动消失。",
    ),
    Measure(
        "volume_ratio",
        "gate.volume",
        "ratio",
        "It has {value} times the rows of comparable days, {side} {limit}.",
        "行数为可比业务日的{value}倍，{side}{limit}倍。",
        "Ask the point whether the extract is complete and of one day.",
        "请与交换点核实抽取是否完整、是否只含当日数据。",
    ),
    Measure(
        "fen_ratio",
        "gate.amount",
        "ratio",
        "It has {value} times the money of comparable days, {side} {limit}.",
        "金额为可比业务日的{value}倍，{side}{limit}倍。",
        "Ask the point whether the unit of money has changed.",
        "请与交换点核实金额单位是否改变。",
    ),
    Measure(
        "quarantined_share",
        "gate.quarantined",
        "share",
        "{value} of the rows are quarantined, {side} {limit}.",
        "被隔离的行占{value}，{side}{limit}。",
        "See `lakehouse quarantine` for the reasons; have the point mend its extract.",
        "用 lakehouse quarantine 查看原因，请交换点修正抽取程序。",
    ),
    Measure(
        "unmapped_share",
        "gate.unmapped",
        "share",
        "{value} of the coded cells bear codes that nothing knows, {side} {limit}.",
        "无法对照的代码占{value}，{side}{limit}。",
        "See `lakehouse codes unmapped`; add the codes to the dialect's crosswalk.",
        "用 lakehouse codes unmapped 查看，并补充方言的代码对照表。",
    ),
    Measure(
        "null_rise",
        "gate.nulls",
        "share",
        "The share of empty cells rose by {value} against comparable days, {side} {limit}.",
        "空值占比较可比业务日上升{value}，{side}{limit}。",
        "Ask the point which column it no longer fills.",
        "请与交换点核实哪些字段不再填报。",
    ),
    Measure(
        "freshness_days",
        "gate.freshness",
        "days",
        "The latest event is {value} before the business date, {side} {limit}.",
        "最近业务发生时间早于业务日期{value}，{side}{limit}。",
        "Ask the point whether its extract stands still.",
        "请与交换点核实抽取是否停滞。",
    ),
    Measure(
        "unpriced_share",
        "gate.unpriced",
        "share",
        "{value} of the amounts are not money, {side} {limit}.",
        "无法识别的金额占{value}，{side}{limit}。",
        "Ask the point how it writes amounts.",
        "请与交换点核实金额写法。",
    ),
)


@dataclass(frozen=True)
class Thresholds:
    """Where a delivery is warned or held; `<measure>_<severity>_<side>`. A site overrides single ones.

    comparable_days_warn_below: with fewer comparable days, volumes, amounts and empty cells are not judged.
    window_days: how far back comparable days may lie.   least_rows_compared: with fewer rows, now and usually, the volume
    and amount of a table are not compared: a handful of rows doubles by chance.   least_rows: with fewer rows, and usually
    fewer, a table cannot hold its delivery: among few rows one fault is a large share.
    """

    comparable_days_warn_below: float = 4
    volume_ratio_warn_below: float = 0.5
    volume_ratio_warn_above: float = 2
    volume_ratio_hold_below: float = 0.2
    volume_ratio_hold_above: float = 5
    fen_ratio_warn_below: float = 0.3
    fen_ratio_warn_above: float = 3
    fen_ratio_hold_below: float = 0.1
    fen_ratio_hold_above: float = 10
    quarantined_share_warn_above: float = 0.05
    quarantined_share_hold_above: float = 0.3
    unmapped_share_warn_above: float = 0.02
    unmapped_share_hold_above: float = 0.2
    null_rise_warn_above: float = 0.1
    null_rise_hold_above: float = 0.3
    freshness_days_warn_above: float = 3
    freshness_days_hold_above: float = 14
    unpriced_share_warn_above: float = 0.01
    unpriced_share_hold_above: float = 0.2
    window_days: float = 28
    least_rows_compared: float = 20
    least_rows: float = 50


@dataclass(frozen=True)
class Limit:
    """A measure outside [minimum, maximum] warns or holds."""

    measure: Measure
    severity: str
    minimum: float | None
    maximum: float | None

    @property
    def column(self) -> str:
        """Column of the frame that is checked: a table with few rows has no measure that could hold."""
        return self.measure.name if self.severity == "warn" else f"{self.measure.name}_firm"

    def broken(self, value: float) -> tuple[str, float]:
        """Side on which a value that breaks the limit lies, and the threshold there."""
        if self.minimum is not None and value < self.minimum:
            return "below", self.minimum
        if self.maximum is not None and value > self.maximum:
            return "above", self.maximum
        raise ValueError(f"{self.measure.name}: the limit is not broken")


def thresholds(overrides: Mapping[str, float]) -> Thresholds:
    """The thresholds of a site. Raises GATE-001 for an override that names none."""
    known = {field.name for field in fields(Thresholds)}
    unknown = sorted(set(overrides) - known)
    if unknown:
        raise LakehouseError(
            "GATE-001",
            f"The gates have no threshold {unknown[0]}.",
            where="gate in settings.yaml of the site",
            do=f"Name one of: {', '.join(sorted(known))}.",
        )
    return replace(Thresholds(), **overrides)


def limits(bounds: Thresholds) -> tuple[Limit, ...]:
    """Every limit that the thresholds set, measure by measure, warning first."""
    found = []
    for measure in MEASURES:
        for severity in SEVERITIES:
            sides = [getattr(bounds, f"{measure.name}_{severity}_{side}", None) for side in ("below", "above")]
            if sides != [None, None]:
                found.append(Limit(measure, severity, *sides))
    return tuple(found)


def sentences(measure: Measure, value: float, side: str, limit: float) -> tuple[str, str]:
    """What a broken limit says, in English and Chinese."""
    english = {"value": _read(measure, value), "limit": _read(measure, limit), "side": side}
    days = {"value": f"{value:g}天", "limit": f"{limit:g}天"} if measure.form == "days" else {}
    chinese = {**english, **days, "side": {"below": "低于", "above": "高于"}[side]}
    return measure.says.format(**english), measure.says_zh.format(**chinese)


def _read(measure: Measure, value: float) -> str:
    if measure.form == "share":
        return f"{value:.1%}".replace(".0%", "%")
    if measure.form == "days":
        return f"{value:g} day" if value == 1 else f"{value:g} days"
    return f"{value:.3g}"
