"""Errors are sentences, with a code, and an exit status for the kind of trouble."""

from __future__ import annotations

import pickle

import pytest

from lakehouse.errors import BusyError, DamageError, LakehouseError


def test_an_error_reads_as_code_what_where_and_what_to_do() -> None:
    error = LakehouseError("KEYS-002", "The key is short.", where="keys/token.key", do="Make a new one.")
    assert str(error) == "KEYS-002: The key is short. (keys/token.key) Make a new one."


def test_an_error_without_place_and_advice_is_one_sentence() -> None:
    assert str(LakehouseError("GATE-001", "Nothing was staged.")) == "GATE-001: Nothing was staged."


@pytest.mark.parametrize(("kind", "status"), [(LakehouseError, 2), (DamageError, 3), (BusyError, 4)])
def test_each_kind_of_error_has_its_exit_status(kind: type[LakehouseError], status: int) -> None:
    assert kind("X-001", "Something is wrong.").status == status


@pytest.mark.parametrize("kind", [DamageError, BusyError])
def test_every_kind_is_caught_as_an_error_of_the_lakehouse(kind: type[LakehouseError]) -> None:
    assert issubclass(kind, LakehouseError)


@pytest.mark.parametrize("kind", [LakehouseError, DamageError, BusyError])
def test_an_error_that_crosses_to_another_process_says_the_same(kind: type[LakehouseError]) -> None:
    sent = pickle.dumps(kind("LAND-001", "Nothing can be written.", where="landing", do="Free some."))
    error = pickle.loads(sent)  # noqa: S301 - bytes of its own
    assert (type(error), str(error)) == (kind, "LAND-001: Nothing can be written. (landing) Free some.")
    assert (error.code, error.where, error.do) == ("LAND-001", "landing", "Free some.")
