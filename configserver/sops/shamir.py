"""Shamir's secret sharing over GF(2^8), as Vault and SOPS cut a key into parts."""

from collections.abc import Sequence
from functools import reduce
from operator import xor


def combined(parts: Sequence[bytes]) -> bytes:
    """Return the secret of which these are parts.

    Args:
        parts: at least two of one length; the last byte of each is its place.

    Raises:
        ValueError: they cannot be parts of one secret.
    """
    lengths = {len(part) for part in parts}
    places = [part[-1] for part in parts if part]
    if len(parts) < 2 or len(lengths) != 1 or min(lengths) < 2 or len(set(places)) != len(parts):
        raise ValueError("the parts of its key do not belong together")
    weights = [_weight(place, places) for place in places]
    size = min(lengths) - 1
    return bytes(
        reduce(xor, (_times(weight, part[at]) for weight, part in zip(weights, parts, strict=True)))
        for at in range(size)
    )


def _weight(place: int, places: Sequence[int]) -> int:
    """Return what the part at a place counts, by Lagrange at zero."""
    weight = 1
    for other in places:
        if other != place:
            weight = _times(weight, _times(other, _inverse(other ^ place)))
    return weight


def _times(one: int, other: int) -> int:
    product = 0
    while other:
        if other & 1:
            product ^= one
        one = (one << 1) ^ (0x11B if one & 0x80 else 0)
        other >>= 1
    return product


def _inverse(number: int) -> int:
    """Return the number to the power of 254."""
    result = 1
    for _ in range(254):
        result = _times(result, number)
    return result
