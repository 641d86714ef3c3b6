"""No identifier of a planted patient stands in anything that a night has written, in no shape and no layer of any file.

Before that is believed, one identifier is planted in every format and every encoding, and must be found.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.canaries.controls import plant, plant_number
from tests.canaries.decoders import LAYERS
from tests.canaries.needles import Identifier, numbers, patterns
from tests.canaries.scan import Report, scan
from tests.canaries.search import Search

NAME = Identifier("the control", "逯𠀀𩽾")
PHONE = Identifier("the number", "19200000000")


@pytest.fixture(scope="module")
def control() -> Search:
    return Search(patterns([NAME]), numbers([PHONE]))


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Files that hold the control, with the layer that shows it."""
    folder = tmp_path_factory.mktemp("controls")
    return {**plant(folder, NAME.text), plant_number(folder, PHONE.text): "Parquet values"}


def not_found(report: Report, controls: dict[Path, str]) -> dict[Path, str]:
    """The controls that a search did not find where they must be found."""
    found = {(each.path, each.layer) for each in report.found}
    return {path: layer for path, layer in controls.items() if (path, layer) not in found}


def test_the_control_is_found_in_every_format_and_encoding(control: Search, controls: dict[Path, str]) -> None:
    folder = next(iter(controls)).parent
    report = scan(control, [folder], processes=0)
    assert not_found(report, controls) == {}
    assert report.unreadable == []
    assert len(controls) > 200


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_without_a_decoder_its_controls_are_not_found(layer: str, control: Search, controls: dict[Path, str]) -> None:
    """So each decoder does something that no other does."""
    folder = next(iter(controls)).parent
    some = {path: of for path, of in controls.items() if "utf-8-hex" in path.name or "text" in str(path)}
    report = scan(control, [folder], layers=LAYERS - {layer}, processes=0)
    missed = not_found(report, some)
    assert missed
    assert all(layer in of for of in missed.values())
