"""One small province for the tests that look at a whole one."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.province.generate import generate
from jobs.province.plan import Plan

PLAN = Plan(seed=3, points=3, nights=3)


@pytest.fixture(scope="package")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province of three points and three nights, written by one process. Read only."""
    out = tmp_path_factory.mktemp("generated") / "province"
    assert generate(PLAN, out)
    return out
