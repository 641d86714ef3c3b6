"""When people come: workdays and holidays, seasons, hours."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from jobs.province.citizens import EPOCH
from jobs.province.draws import Draws, Flags, Floats, Ints, entities
from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan, Point
from warehouse_models import codes

# Share of a workday's visits on a day off.
DAY_OFF = {INTERNET: 0.9, HOSPITAL: 0.45, TOWNSHIP: 0.35}
MONTHS = (1.15, 1.05, 1.05, 1.0, 0.97, 0.95, 0.92, 0.92, 0.98, 1.0, 1.1, 1.15)
MINUTE = 60


def days_of(plan: Plan) -> Ints:
    """All days on which something happens, as days since 1970."""
    first, last = plan.begin.toordinal() - EPOCH, plan.ending.toordinal() - EPOCH
    return np.arange(first, last + 1)


def months(days: Ints) -> Ints:
    """Month of each day, 1 to 12."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1)


@cache
def _is_workday(day: int) -> bool:
    return codes.is_workday(date.fromordinal(EPOCH + day))


def _factors(plan: Plan, point: Point, days: Ints) -> Floats:
    off = np.array([1.0 if _is_workday(int(day)) else DAY_OFF[point.kind] for day in days])
    wobble = 0.9 + 0.2 * Draws(plan.seed, "calendar").uniform("wobble", entities(point.number, days))
    return np.asarray(off * np.array(MONTHS)[months(days) - 1] * wobble)


def visit_counts(plan: Plan, point: Point, days: Ints) -> Ints:
    """Visits of a small province on each day."""
    rounding = Draws(plan.seed, "calendar").uniform("rounding", entities(point.number, days))
    return np.floor(point.visits * _factors(plan, point, days) + rounding).astype(np.int64)


def spread(plan: Plan, point: Point, total: int) -> Ints:
    """Exactly `total` visits over all days of the plan, busy days more."""
    return apportion(_factors(plan, point, days_of(plan)), total)


def apportion(weights: Floats, total: int) -> Ints:
    """Whole numbers that add up to `total`, in proportion to the weights; largest remainders first."""
    exact = weights / weights.sum() * total
    shares = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares


def clinic_seconds(draws: Draws, visit: Ints, is_online: Flags, is_emergency: Flags) -> Ints:
    """Seconds after midnight at which visits start: clinics 8 to 12 and 14 to 17:30, online till 22:30."""
    drawn = draws.uniform("hour", visit)
    morning = 8.0 + 4.0 * drawn / 0.6
    afternoon = 14.0 + 3.5 * (drawn - 0.6) / 0.4
    clinic = np.where(drawn < 0.6, morning, afternoon)
    hours = np.where(is_emergency, 23.4 * drawn + 0.1, np.where(is_online, 8.0 + 14.5 * drawn, clinic))
    return np.floor(hours * 3600).astype(np.int64)


def date_of(day: int) -> date:
    """The date of a day since 1970."""
    return date.fromordinal(EPOCH + day)
