"""Limits of the gates: what a site may set, and what a broken limit says."""

from __future__ import annotations

import pytest

from expectations.gate import MEASURES, Thresholds, limits, sentences, thresholds
from lakehouse.errors import LakehouseError


def test_a_site_overrides_single_thresholds() -> None:
    bounds = thresholds({"quarantined_share_hold_above": 0.5})
    assert bounds.quarantined_share_hold_above == 0.5
    assert bounds.quarantined_share_warn_above == Thresholds().quarantined_share_warn_above


def test_an_override_of_no_threshold_is_refused() -> None:
    with pytest.raises(LakehouseError, match=r"GATE-001.*no threshold quarantine_share"):
        thresholds({"quarantine_share": 0.5})


def test_every_measure_has_a_limit_and_every_threshold_is_one() -> None:
    found = limits(Thresholds())
    assert {limit.measure for limit in found} == set(MEASURES)
    set_sides = [side for limit in found for side in (limit.minimum, limit.maximum) if side is not None]
    assert len(set_sides) == sum("_warn_" in name or "_hold_" in name for name in vars(Thresholds()))


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_what_holds_lies_beyond_what_warns(measure: object) -> None:
    warn, *hold = [limit for limit in limits(Thresholds()) if limit.measure is measure]
    assert warn.severity == "warn"
    for limit in hold:
        assert limit.minimum is None or (warn.minimum is not None and limit.minimum < warn.minimum)
        assert limit.maximum is None or (warn.maximum is not None and limit.maximum > warn.maximum)


@pytest.mark.parametrize(
    ("name", "value", "side", "limit", "says", "says_zh"),
    [
        (
            "volume_ratio",
            0.1234,
            "below",
            0.2,
            "It has 0.123 times the rows of comparable days, below 0.2.",
            "行数为可比业务日的0.123倍，低于0.2倍。",
        ),
        (
            "quarantined_share",
            0.31,
            "above",
            0.3,
            "31% of the rows are quarantined, above 30%.",
            "被隔离的行占31%，高于30%。",
        ),
        (
            "freshness_days",
            15.0,
            "above",
            14.0,
            "The latest event is 15 days before the business date, above 14 days.",
            "最近业务发生时间早于业务日期15天，高于14天。",
        ),
    ],
)
def test_a_broken_limit_is_a_sentence_in_both_languages(
    name: str, value: float, side: str, limit: float, says: str, says_zh: str
) -> None:
    (measure,) = [measure for measure in MEASURES if measure.name == name]
    assert sentences(measure, value, side, limit) == (says, says_zh)


def test_a_value_on_a_limit_does_not_break_it() -> None:
    (limit,) = [
        limit for limit in limits(Thresholds()) if (limit.measure.name, limit.severity) == ("volume_ratio", "hold")
    ]
    assert limit.broken(0.1) == ("below", 0.2)
    assert limit.broken(6) == ("above", 5)
    with pytest.raises(ValueError, match="not broken"):
        limit.broken(5)
