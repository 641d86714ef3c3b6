"""Keyed tokens in place of direct identifiers: a person has the same token wherever and however they are written.

A token is the first 16 bytes of HMAC-SM3 (GB/T 32905) over kind, certificate type where there is one, and the text in
its normal form, joined by "|". Without the key nobody can search the numbers of a nation for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from jobs.landing import identity
from jobs.landing.text import compatible, digits_only, upper, without_blanks
from warehouse_models.contract import Identifier

TOKEN_BYTES = 16
RESIDENT = "01"  # Resident identity card, in the list certificate_type.


def normal(kind: Identifier, cells: Any) -> Any:
    """Cells of one kind of identifier in the form that is the same however a hospital writes them; null if empty."""
    texts = compatible(cells)
    if kind is Identifier.PHONE:
        return digits_only(texts)
    texts = without_blanks(texts)
    return upper(texts) if kind in (Identifier.CERTIFICATE, Identifier.CARD) else texts


@dataclass(frozen=True)
class Certificates:
    """Numbers of identity documents in their normal form, with the standard's codes of their types.

    residents: the numbers of resident identity cards in their 18-place form, null for all other documents."""

    texts: Any
    residents: Any


def certificates(numbers: Any, types: Any) -> Certificates:
    """Bring numbers into their normal form; `types` holds standard codes, null where none is given."""
    plain = normal(Identifier.CERTIFICATE, numbers)
    is_resident = pc.fill_null(pc.equal(types, RESIDENT), False)
    raised = pc.if_else(is_resident, identity.raised(plain), plain)
    texts = pc.binary_join_element_wise(pc.fill_null(types, ""), raised, "|")
    return Certificates(texts, pc.if_else(is_resident, raised, pa.scalar(None, pa.string())))


def tokens(key: bytes, kind: Identifier, texts: Any) -> Any:
    """The tokens of a column of texts in their normal form; null stays null."""
    digest = _digester(key, kind)
    known = texts.drop_null()
    digests = b"".join(map(digest, known.cast(pa.binary()).to_pylist()))
    short = np.ascontiguousarray(np.frombuffer(digests, dtype=np.uint8).reshape(-1, SM3.digest_size)[:, :TOKEN_BYTES])
    is_known = np.asarray(pc.is_valid(texts).to_numpy(zero_copy_only=False), dtype=np.bool_)
    edges = np.concatenate([[0], np.cumsum(is_known)]).astype(np.int32) * TOKEN_BYTES
    validity = pa.array(is_known).buffers()[1] if len(known) < len(texts) else None
    return pa.Array.from_buffers(pa.binary(), len(texts), [validity, pa.py_buffer(edges), pa.py_buffer(short)])


def _digester(key: bytes, kind: Identifier) -> Callable[[bytes], bytes]:
    """A function from text to digest. One prepared HMAC is copied for each value: preparing costs twice as much."""
    prepared = HMAC(key, SM3())
    prepared.update(f"{kind}|".encode())

    def digest(text: bytes) -> bytes:
        copy = prepared.copy()
        copy.update(text)
        return copy.finalize()

    return digest
