"""Check digits of the numbers that people and institutions bear, after the published standards.

The generator's own implementation: landing and staging have theirs, and the two must agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Digits = NDArray[np.uint8]

# GB 11643-1999, also ISO 7064 MOD 11-2: weights 2**(17 - i) mod 11 and the character for each remainder.
RESIDENT_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
RESIDENT_CHARACTERS = np.frombuffer(b"10X98765432", dtype=np.uint8)
# GB 11714-1997: eight characters, 0-9 and A-Z as 0-35, weights 3**i mod 11.
ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# GB 32100-2015: 17 characters of an alphabet without I, O, S, V, Z, weights 3**i mod 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_check(digits: Digits) -> Digits:
    """Check characters (ASCII) of resident numbers, given their 17 digits as ASCII, a row each; GB 11643."""
    sums = (digits.astype(np.int64) - 48) @ RESIDENT_WEIGHTS
    return np.asarray(RESIDENT_CHARACTERS[sums % 11])


def resident_number(first_17: str) -> str:
    """The 18 characters of a resident number from its 17 digits."""
    row = np.frombuffer(first_17.encode(), dtype=np.uint8).reshape(1, 17)
    return first_17 + chr(resident_check(row)[0])


def is_resident_number(number: str) -> bool:
    """Whether 18 characters end in their check character."""
    return len(number) == 18 and number[:17].isdigit() and resident_number(number[:17]) == number


def organization_code(first_8: str) -> str:
    """The nine characters of an organization code from its first eight; GB 11714."""
    total = sum(int(character, 36) * weight for character, weight in zip(first_8, ORGANIZATION_WEIGHTS, strict=True))
    return first_8 + "0123456789X"[(11 - total % 11) % 11]


def credit_code(first_17: str) -> str:
    """The 18 characters of a unified social credit code from its first 17; GB 32100."""
    total = sum(CREDIT_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first_17))
    return first_17 + CREDIT_ALPHABET[-total % 31]
