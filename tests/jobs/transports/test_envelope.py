"""The envelope: what was packed is unpacked, and nothing else is."""

from __future__ import annotations

from contextlib import suppress

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.transports import envelope
from jobs.transports.envelope import NONCE, POINT, RANGE, SIGNATURE, SIGNED, SKEW, TIME, Broken, Keys, Letter, Nonces

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

KEYS = Keys(bytes(range(32)), bytes(range(100, 116)))
NOW = 1_782_864_000_000
HEADERS = {POINT: "P001", NONCE: "ab" * 16, RANGE: "clear=0-99"}

bodies = st.binary(max_size=200)


def packed(clear: bytes = b"clear", now: int = NOW) -> Letter:
    return envelope.pack(KEYS, Letter("POST", "/upload/GHXX?page=1", HEADERS, clear), now)


def what(letter: Letter, keys: Keys = KEYS, now: int = NOW) -> str:
    with pytest.raises(Broken) as broken:
        envelope.unpack(keys, letter, now)
    return broken.value.what


def flipped(data: bytes, bit: int) -> bytes:
    place = bit // 8 % len(data)
    return data[:place] + bytes([data[place] ^ 1 << bit % 8]) + data[place + 1 :]


@given(bodies)
def test_what_was_packed_is_unpacked(clear: bytes) -> None:
    letter = packed(clear)
    assert envelope.unpack(KEYS, letter, NOW) == clear
    assert not clear or (len(letter.body) % 16 == 0 and len(letter.body) > len(clear) + 16)


@given(bodies.filter(bool), st.integers(min_value=0))
def test_a_body_with_any_bit_flipped_is_refused(clear: bytes, bit: int) -> None:
    letter = packed(clear)
    assert what(Letter(letter.first, letter.target, letter.headers, flipped(letter.body, bit))) == "signature"


@given(st.sampled_from([*(name for name in SIGNED if name in {**HEADERS, TIME: ""}), SIGNATURE]), st.integers(0, 6))
def test_a_header_with_any_bit_flipped_is_refused(name: str, bit: int) -> None:
    letter = packed()
    for place in range(len(letter.headers[name])):
        value = flipped(letter.headers[name].encode(), place * 8 + bit).decode()
        assert what(Letter(letter.first, letter.target, {**letter.headers, name: value}, letter.body)) == "signature"


@pytest.mark.parametrize("name", [POINT, NONCE, RANGE, TIME, SIGNATURE])
def test_a_header_that_was_taken_away_is_missed(name: str) -> None:
    letter = packed()
    less = {each: value for each, value in letter.headers.items() if each != name}
    assert what(Letter(letter.first, letter.target, less, letter.body)) == "signature"


def test_a_letter_is_good_for_its_method_and_target_only() -> None:
    letter = packed()
    assert what(Letter("GET", letter.target, letter.headers, letter.body)) == "signature"
    assert what(Letter("200", letter.target, letter.headers, letter.body)) == "signature"
    assert what(Letter("POST", "/upload/GHXX?page=2", letter.headers, letter.body)) == "signature"
    assert what(Letter("POST", letter.target, {**letter.headers, "content-range": "clear */0"}, letter.body)) == (
        "signature"
    )


def test_clocks_may_differ_by_five_minutes() -> None:
    letter = packed()
    for now in (NOW - SKEW, NOW + SKEW):
        assert envelope.unpack(KEYS, letter, now) == b"clear"
    for now in (NOW - SKEW - 1, NOW + SKEW + 1):
        assert what(letter, now=now) == "time"


@pytest.mark.parametrize("text", ["", "now", "-5", "1" * 16, "１７８２８６４００００００"])
def test_a_time_that_is_none_is_refused_under_the_right_signature_too(text: str) -> None:
    letter = Letter("GET", "/", {**HEADERS, TIME: text})
    signed = Letter("GET", "/", {**letter.headers, SIGNATURE: envelope.signature(KEYS, letter)})
    assert what(signed) == "time"


def test_another_cipher_key_is_told_from_another_signing_key() -> None:
    assert what(packed(), Keys(bytes(32), KEYS.cipher)) == "signature"
    letter = Letter("GET", "/", {**HEADERS, TIME: str(NOW)}, bytes(32))
    signed = Letter("GET", "/", {**letter.headers, SIGNATURE: envelope.signature(KEYS, letter)}, letter.body)
    assert what(signed) == "cipher"


@given(st.binary(max_size=100))
def test_what_was_not_encrypted_is_decrypted_or_refused(body: bytes) -> None:
    with suppress(Broken):
        assert len(envelope.decrypted(KEYS.cipher, body)) < len(body)


def test_equal_bodies_are_encrypted_otherwise_each_time() -> None:
    assert len({packed().body for _ in range(10)}) == 10


def test_keys_show_nothing() -> None:
    assert repr(KEYS) == "Keys()"
    assert "clear" not in repr(packed(b"clear").body) + repr(Letter("GET", "/", {}, b"clear"))


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"signing_secret": "00" * 32},
        {"signing_secret": "00" * 31, "cipher_secret": "11" * 16},
        {"signing_secret": "00" * 32, "cipher_secret": "11" * 15},
        {"signing_secret": "00" * 32, "cipher_secret": "00" * 16},
        {"signing_secret": "zz" * 32, "cipher_secret": "11" * 16},
        {"signing_secret": 5, "cipher_secret": "11" * 16},
    ],
)
def test_keys_that_are_none_are_refused(extra: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        envelope.keys_of(extra)


def test_a_nonce_is_good_once_while_its_letter_could_be_sent_again() -> None:
    nonces, letter = Nonces(), packed()
    nonces.take("P001", letter.headers, NOW)
    nonces.take("P002", letter.headers, NOW)
    for now in (NOW, NOW + SKEW):
        with pytest.raises(Broken, match="nonce"):
            nonces.take("P001", letter.headers, now)
    assert what(letter, now=NOW + SKEW + 1) == "time"  # Afterwards its time refuses it.


def test_old_nonces_are_forgotten() -> None:
    nonces = Nonces()
    for number in range(100):
        now = NOW + number * SKEW
        nonces.take("P001", {NONCE: str(number), TIME: str(now)}, now)
    assert len(nonces._until) <= 3


def test_a_letter_without_nonce_is_refused() -> None:
    with pytest.raises(Broken, match="nonce"):
        Nonces().take("P001", {TIME: str(NOW)}, NOW)
