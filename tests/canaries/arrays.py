"""Arrow arrays: the bytes of their texts, the values of their numbers, whatever they are nested in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as kinds

from tests.canaries.search import Buffer, Search

LEAST_NUMBER = 10**9  # No identifier is shorter.


def found_in_arrays(search: Search, arrays: Iterable[Any]) -> set[str]:
    """What stands in the cells of the arrays."""
    leaves = [leaf for array in arrays for leaf in _leaves(array)]
    found = search.found_in_all(buffer for leaf in leaves for buffer in _texts(leaf))
    for leaf in leaves:
        found |= search.found_among(_numbers(leaf))
    return found


def _leaves(array: Any) -> Iterator[Any]:
    """Arrays without others in them. Of a dictionary, its values: also those that no row refers to."""
    if isinstance(array, pa.ChunkedArray):
        for chunk in array.chunks:
            yield from _leaves(chunk)
    elif isinstance(array, pa.ExtensionArray):
        yield from _leaves(array.storage)
    elif isinstance(array, pa.DictionaryArray):
        yield from _leaves(array.dictionary)
    elif isinstance(array, pa.StructArray):
        for place in range(array.type.num_fields):
            yield from _leaves(array.field(place))
    elif isinstance(array, pa.MapArray):
        yield from _leaves(array.keys)
        yield from _leaves(array.items)
    elif isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        yield from _leaves(array.values)
    else:
        yield array


def _texts(leaf: Any) -> Iterator[Buffer]:
    """The bytes of texts, binary values and decimals."""
    kind = leaf.type
    if kinds.is_string_view(kind) or kinds.is_binary_view(kind):
        leaf = leaf.cast(pa.large_binary())
    if kinds.is_primitive(leaf.type) or kinds.is_null(leaf.type):
        return
    buffer = leaf.buffers()[-1]
    if buffer is not None:
        yield buffer


def _numbers(leaf: Any) -> Any:
    """Whole numbers that could be an identifier."""
    kind = leaf.type
    if kinds.is_decimal(kind) and kind.scale > 0:
        leaf = leaf.cast(pa.decimal256(kind.precision, kind.scale)).cast(pa.float64())
    elif kinds.is_decimal(kind):
        leaf = leaf.cast(pa.float64()) if kind.precision > 18 else leaf.cast(pa.int64())
    elif not (kinds.is_int64(kind) or kinds.is_uint64(kind) or kinds.is_floating(kind)):
        return np.array([], dtype=np.int64)
    values = leaf.drop_null().to_numpy(zero_copy_only=False)
    return values[(values >= LEAST_NUMBER) & (values < 2**63 - 1)].astype(np.int64)
