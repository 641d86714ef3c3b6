"""What a point pushes and never closes does not stay for ever."""

from __future__ import annotations

import os
from datetime import datetime

from jobs import maintain
from jobs.lock import BEIJING
from lakehouse.settings import Settings
from tests.jobs.receiver.conftest import Pusher
from tests.jobs.receiver.test_receiver import METHOD, body, element, land

AT_NOON = datetime(2026, 6, 30, 12, tzinfo=BEIJING).timestamp()
DAY = 86_400


def test_what_is_never_closed_is_removed_after_thirty_days(hospital: Pusher, settings: Settings) -> None:
    left, waits, late = ([element(JZLSH=name)] for name in ("V1", "V2", "V3"))
    names = [hospital.upload(METHOD, each)["file"] for each in (left, waits, late)]
    hospital.close({names[1]: body(waits)})
    folder = settings.received / "P001" / "uploads"
    for name in names[:2]:
        os.utime(folder / f"{name}.sealed", (AT_NOON, AT_NOON))
    os.utime(folder / f"{names[2]}.sealed", (AT_NOON + DAY, AT_NOON + DAY))
    assert maintain.expire_uploads(settings, "2026-07-30") == 0
    assert maintain.expire_uploads(settings, "2026-07-31") == 1
    assert not (folder / f"{names[0]}.sealed").exists()
    assert not (settings.received / "P001" / "receipts" / f"{names[0]}.json").exists()
    assert hospital.close({names[0]: body(left)}, 2)["msgCode"] == -98
    hospital.upload(METHOD, late)
    assert maintain.expire_uploads(settings, "2026-08-01") == 0, "it came again"
    assert len(land(settings)) == 1
