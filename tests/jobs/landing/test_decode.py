"""Text survives decoding exactly, or the delivery is refused with the place; nothing becomes U+FFFD."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import decode
from jobs.landing.refusals import Refused

# All of Unicode but surrogates, which are no characters, and the replacement character, which is refused.
CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\ufffd")
TEXTS = st.text(CHARACTERS, max_size=60)
FOUR_BYTES = st.text(st.characters(min_codepoint=0x10000, exclude_categories=("Cs",)), min_size=1, max_size=20)


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def decoded(content: bytes, encoding: str, size: int = 1000) -> str:
    return "".join(decode.characters(chunks(content, size), encoding))


def refused(content: bytes, encoding: str, size: int = 1000) -> tuple[str, str]:
    with pytest.raises(Refused) as error:
        decoded(content, encoding, size)
    (reason,) = error.value.reasons
    return reason.code, reason.where


@given(TEXTS | FOUR_BYTES, st.sampled_from(["GB18030", "UTF-8"]), st.integers(1, 7))
def test_every_character_survives_wherever_a_chunk_ends(text: str, encoding: str, size: int) -> None:
    assert decoded(text.encode(encoding), encoding, size) == text


def test_every_code_point_survives_gb18030() -> None:
    """Exhaustive: 1,112,063 characters, among them all that take four bytes."""
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0xFFFD), *range(0xFFFE, 0x110000)]))
    assert decoded(everything.encode("GB18030"), "GB18030", 1_000_003) == everything


@pytest.mark.parametrize(
    ("content", "character"),
    [
        ("d6d0", "中"),
        ("a2e3", "€"),
        ("81308130", "\u0080"),
        ("8431a439", "\uffff"),
        ("90308130", "\U00010000"),
        ("95328236", "\U00020000"),
        ("e3329a35", "\U0010ffff"),
    ],
)
def test_characters_lie_where_the_standard_puts_them(content: str, character: str) -> None:
    """Corner points of GB 18030's tables, written down here: the codec that the tests encode with is not asked."""
    assert decoded(bytes.fromhex(content), "GB18030") == character


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("content", "encoding", "place"),
    [
        (b"name\n\xff\n", "UTF-8", 5),
        ("张三".encode() + b"\xe5\xbc", "UTF-8", 6),
        (b"\xed\xa0\x80", "UTF-8", 0),
        (b"ab\xc0\xaf", "UTF-8", 2),
        ("张三".encode("GB18030") + b"\xff", "GB18030", 4),
        (b"a\x81", "GB18030", 1),
        ("𠂇".encode("GB18030")[:3], "GB18030", 0),
        (b"ok\x80", "GB18030", 2),
    ],
)
def test_a_byte_that_is_no_text_is_refused_with_its_place(content: bytes, encoding: str, place: int, size: int) -> None:
    assert refused(content, encoding, size) == ("DEC-BYTE", f"byte {place}")


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_replacement_character_in_the_text_is_refused_with_its_place(encoding: str, size: int) -> None:
    before = "姓名\n扎西𠂇"
    content = f"{before}\ufffd卓玛".encode(encoding)
    assert refused(content, encoding, size) == ("DEC-REPLACEMENT", f"byte {len(before.encode(encoding))}")


@given(st.binary(max_size=40), st.sampled_from(["GB18030", "UTF-8"]))
def test_any_bytes_are_refused_or_come_back_as_they_were(content: bytes, encoding: str) -> None:
    try:
        text = decoded(content, encoding, 3)
    except Refused:
        return
    assert "\ufffd" not in text
    assert text == content.decode(encoding)


@given(st.binary(max_size=500), st.integers(1, 50))
def test_compressed_bytes_unfold_in_chunks_to_what_they_were(content: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "CHUNK", size)
        found = list(decode.unpacked(gzip.compress(content), "gzip"))
    assert b"".join(found) == content
    assert all(len(chunk) <= size for chunk in found)


def test_a_gzip_file_may_have_several_members() -> None:
    assert b"".join(decode.unpacked(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), "gzip")) == b"a,b\n1,2\n"


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "changed", "trailing"])
def test_a_damaged_gzip_file_is_refused(damage: str) -> None:
    whole = gzip.compress(b"encounter_id\n" * 1000)
    content = {
        "empty": b"",
        "cut": whole[:-9],
        "garbage": b"encounter_id\n1\n",
        "changed": whole[:20] + bytes([whole[20] ^ 0xFF]) + whole[21:],
        "trailing": whole + b"rest",
    }[damage]
    with pytest.raises(Refused) as error:
        list(decode.unpacked(content, "gzip"))
    assert [reason.code for reason in error.value.reasons] == ["DEC-GZIP"]


def test_what_is_not_compressed_passes_as_it_is() -> None:
    assert b"".join(decode.unpacked(b"a,b\n1,2\n", "none")) == b"a,b\n1,2\n"
