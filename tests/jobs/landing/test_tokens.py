"""One person has one token, however they are written; without the key nobody can make it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import tokens
from jobs.landing.record import Landed
from jobs.province.check_digits import resident_number
from jobs.province.story import row, write_delivery
from lakehouse.settings import Settings
from warehouse_models.contract import Identifier

KEY = b"k" * 32
SHORT = "632701800512301"
VALUES = st.lists(st.none() | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20), max_size=8)


def token(key: bytes, kind: Identifier, text: str) -> bytes:
    return bytes(tokens.tokens(key, kind, pa.array([text])).to_pylist()[0])


@given(VALUES, st.sampled_from(list(Identifier)), st.binary(min_size=32, max_size=32))
def test_a_token_is_the_beginning_of_a_keyed_sm3(values: list[str | None], kind: Identifier, key: bytes) -> None:
    found = tokens.tokens(key, kind, pa.array(["x", *values], pa.string()).slice(1)).to_pylist()
    for value, made in zip(values, found, strict=True):
        if value is None:
            assert made is None
            continue
        expected = HMAC(key, hashes.SM3())
        expected.update(f"{kind}|{value}".encode())
        assert made == expected.finalize()[:16]


def test_the_digest_is_not_another_ones() -> None:
    """SM3 from its standard's own example: GB/T 32905, A.1."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert token(KEY, Identifier.NAME, "abc") != hmac.digest(KEY, b"name|abc", "sha256")[:16]


def test_another_key_or_kind_gives_another_token() -> None:
    seen = {token(key, kind, "138") for key in (KEY, b"j" * 32) for kind in Identifier}
    assert len(seen) == 2 * len(Identifier)


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        (Identifier.NAME, " 扎西 卓玛\u3000", "扎西卓玛"),
        (Identifier.NAME, "ＺＨＡＯ·Ⅳ", "ZHAO·IV"),
        (Identifier.PHONE, "１３８-0000 0001", "13800000001"),
        (Identifier.PHONE, "无", None),
        (Identifier.CARD, "k 100００1", "K100001"),
        (Identifier.ADDRESS, "胜利路 1 号", "胜利路1号"),
        (Identifier.CERTIFICATE, " e1234 567x ", "E1234567X"),
    ],
)
def test_texts_that_mean_the_same_have_one_normal_form(kind: Identifier, written: str, normal: str | None) -> None:
    assert tokens.normal(kind, pa.array([written, None])).to_pylist() == [normal, None]


def certificate(number: str | None, type_code: str | None) -> tuple[str | None, str | None]:
    made = tokens.certificates(pa.array([number], pa.string()), pa.array([type_code], pa.string()))
    return made.texts.to_pylist()[0], made.residents.to_pylist()[0]


def test_only_resident_numbers_are_raised_and_judged() -> None:
    full = resident_number("63270119800512301")
    assert certificate(SHORT, "01") == (f"01|{full}", full)
    assert certificate(SHORT, "03") == (f"03|{SHORT}", None)
    assert certificate(SHORT, None) == (f"|{SHORT}", None)
    assert certificate(None, "01") == (None, None)


@pytest.fixture
def people(
    land: Callable[..., list[Landed]], settings: Settings, offers: Path
) -> Callable[..., list[dict[str, object]]]:
    """Land persons at the points, given as overrides of the sample, and return their rows as landed."""

    def run(*given: list[dict[str, str]]) -> list[dict[str, object]]:
        points = (("P001", "standard-1"), ("P002", "huakang-3"), ("P003", "province-1"))
        for (point, vendor), given_rows in zip(points, given, strict=False):
            rows = [row("person", **{"patient_id": str(place), **each}) for place, each in enumerate(given_rows)]
            write_delivery(offers / point, {"person": rows}, vendor=vendor)
        places = [settings.landing / each.id / "person.parquet" for each in land()]
        return [found for place in places for found in pq.read_table(place).to_pylist()]

    return run


def test_one_person_has_one_token_through_all_dialects(people: Callable[..., list[dict[str, object]]]) -> None:
    with_x = next(
        each for serial in range(1, 999, 2) if (each := resident_number(f"63270119800512{serial:03d}"))[-1] == "X"
    )
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    forms = [with_x, with_x.lower(), f"{with_x} ", with_x.translate(wide), f"\u3000{with_x[:6]} {with_x[6:].lower()}"]
    forms += [with_x[:6] + with_x[8:17]]
    names = ["扎西卓玛", "扎西 卓玛", "扎西卓玛\u3000", "扎西卓玛 ", " 扎西卓玛", "扎西卓玛"]
    written = [{"certificate_number": form, "name": name} for form, name in zip(forms, names, strict=True)]
    rows = people(written, written, written)
    assert len(rows) == 18
    assert [found["faults"] for found in rows] == [0] * 18
    assert len({found["certificate_number_token"] for found in rows}) == 1
    assert len({found["name_token"] for found in rows}) == 1
    assert {found["certificate_type_code"] for found in rows} == {"01", "SFZ", "1"}


def test_two_persons_have_two_tokens(people: Callable[..., list[dict[str, object]]]) -> None:
    rows = people([{"certificate_number": "11010519491231002X"}], [{"certificate_number": "440524188001010014"}])
    assert len({found["certificate_number_token"] for found in rows}) == 2


def test_a_misspelled_type_counts_as_what_is_meant(people: Callable[..., list[dict[str, object]]]) -> None:
    rows = people([{"certificate_type_code": "身份证"}, {}], [{}])
    assert len({found["certificate_number_token"] for found in rows}) == 1
