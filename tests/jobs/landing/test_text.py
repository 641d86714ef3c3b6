"""Text in the lakehouse's form: trimmed, half-width, normal; times and money read strictly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import money, text, times

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=12), max_size=8)
TIMES = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01"))


def cells(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def test_blanks_around_a_cell_go_and_are_counted() -> None:
    trimmed, count = text.trimmed(cells(" a", "b", "\u3000张 三\t", None, " ", "c\u00a0"))
    assert (trimmed.to_pylist(), count) == (["a", "b", "张 三", None, None, "c"], 4)


def test_cells_without_blanks_around_them_stay() -> None:
    assert text.trimmed(cells("a b", None, "张")) == (cells("a b", None, "张"), 0)


def test_every_full_width_form_becomes_ascii() -> None:
    wide = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
    changed, count = text.half_width(cells(wide, "张三", None, "12"))
    assert changed.to_pylist() == ["".join(chr(code) for code in range(0x21, 0x7F)) + " ", "张三", None, "12"]
    assert count == 1


@given(TEXTS)
def test_the_normal_form_is_that_of_unicode(values: list[str | None]) -> None:
    expected = [None if value is None else unicodedata.normalize("NFKC", value) for value in values]
    assert text.compatible(cells(*values)).to_pylist() == expected


def test_the_characters_that_are_passed_over_are_in_their_normal_form() -> None:
    common = [chr(code) for code in (*range(0x80), *range(0x4000, 0xA000))]
    assert [each for each in common if unicodedata.normalize("NFKC", each) != each] == []
    assert [each for each in common if each.isspace() and ord(each) > 0x20] == []


def test_blanks_inside_go_too_and_nothing_is_null() -> None:
    given_cells = cells("张 三", "a\t\u2003b", "\u3000 ", None, "扎西")
    assert text.without_blanks(given_cells).to_pylist() == ["张三", "ab", None, None, "扎西"]


def test_only_digits_remain_of_a_phone() -> None:
    assert text.digits_only(cells("+86 138-0000", "无", None, "139")).to_pylist() == ["861380000", None, None, "139"]


def test_codes_are_translated_and_others_stay() -> None:
    assert text.translated(cells("M", None, "X"), {"M": "1"}).to_pylist() == ["1", None, "X"]


@given(st.lists(st.none() | TIMES, max_size=6))
def test_a_time_of_the_dialect_is_the_same_time_of_the_standard(values: list[datetime | None]) -> None:
    written = cells(*(value and value.strftime("%Y%m%d%H%M%S") for value in values))
    expected = [value and value.strftime(times.TIME) for value in values]
    assert times.reshaped(written, "%Y%m%d%H%M%S", times.TIME).to_pylist() == expected


@pytest.mark.parametrize(
    "cell", ["2026063012345", "202606301234567", "2026063012345x", "２０２６0630", "", "今天", "20260630 23456"]
)
def test_what_has_not_the_dialects_shape_stays(cell: str) -> None:
    assert times.reshaped(cells(cell), "%Y%m%d%H%M%S", times.TIME).to_pylist() == [cell]
    assert times.reshaped(cells(cell), "%Y%m%d", times.DATE).to_pylist() == [cell]


@given(TIMES)
def test_hour_24_is_midnight_of_the_next_day(moment: datetime) -> None:
    changed, count = times.without_hour_24(cells(f"{moment:%Y-%m-%d} 24:00:00", None, f"{moment:%Y-%m-%d %H:%M:%S}"))
    after = f"{moment + timedelta(days=1):%Y-%m-%d} 00:00:00"
    assert (changed.to_pylist(), count) == ([after, None, f"{moment:%Y-%m-%d %H:%M:%S}"], 1)


@pytest.mark.parametrize(
    "cell", ["2026-02-30 24:00:00", "2026-06-30 24:00:01", "x 24:00:00", "2026-06-3x 24:00:00", "24:00:00"]
)
def test_hour_24_of_no_day_stays(cell: str) -> None:
    assert times.without_hour_24(cells(cell)) == (cells(cell), 0)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_money_is_exact_in_both_units(fen: int) -> None:
    yuan = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    assert money.fen_of_yuan(cells(yuan)).to_pylist() == [fen]
    assert money.yuan_of_fen(cells(str(fen))).to_pylist() == [yuan]


@given(st.integers(-(10**12), 10**12), st.integers(0, 2))
def test_a_price_in_fen_is_the_same_price_in_yuan(number: int, decimals: int) -> None:
    written = str(Decimal(number).scaleb(-decimals))
    (read,) = money.price_in_yuan(pa.array([f"{Decimal(written):f}"])).to_pylist()
    assert Decimal(read) == Decimal(number).scaleb(-decimals - 2)


@pytest.mark.parametrize(
    "cell", ["", "12.345", "1e3", ".5", "5.", "+1", "1,200.00", "abc", "１２", "--1", " 1", "1" * 14, "NaN"]
)
def test_what_is_no_money_has_no_fen(cell: str) -> None:
    assert money.fen_of_yuan(cells(cell, "1.5")).to_pylist() == [None, 150]


def test_no_cell_no_money() -> None:
    assert money.fen_of_yuan(cells(None)).to_pylist() == [None]
    assert money.yuan_of_fen(cells(None)).to_pylist() == [None]


@pytest.mark.parametrize(("change", "cell"), [(money.yuan_of_fen, "12.5"), (money.price_in_yuan, "12.345")])
def test_fen_that_cannot_be_read_do_not_pass_for_yuan(change: object, cell: str) -> None:
    assert callable(change)
    (left,) = change(cells(cell)).to_pylist()
    assert money.fen_of_yuan(cells(left)).to_pylist() == [None]
    with pytest.raises(pa.ArrowInvalid):
        cells(left).cast(pa.decimal128(18, 4))


def sliced(values: Sequence[str | None]) -> pa.Array:
    """An array that begins in the middle of its buffers, as Arrow may give any."""
    return cells("first", *values, "last").slice(1, len(values))


@given(TEXTS)
def test_a_slice_of_a_column_is_read_like_a_column(values: list[str | None]) -> None:
    for change in (text.compatible, text.without_blanks, text.digits_only, lambda each: text.trimmed(each)[0]):
        assert change(sliced(values)).to_pylist() == change(cells(*values)).to_pylist()
    moments = ["20260630120000", None, "x", "1.00", *values]
    assert times.reshaped(sliced(moments), "%Y%m%d%H%M%S", times.TIME).to_pylist()[0] == "2026-06-30 12:00:00"
    assert money.fen_of_yuan(sliced(moments)).to_pylist()[:4] == [None, None, None, 100]
