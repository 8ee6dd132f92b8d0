"""Ours and the original decrypt what the other encrypted; `spring` tries a thousand texts."""

from base64 import b64decode, b64encode
from secrets import token_bytes

import pytest

from configserver.encryption import Cipher, TooShort, Undecryptable
from tests.encryption.spring import KINDS, Spring, exchange, random_texts, started
from tests.reference.reference import Unavailable, jar

TEXTS = 50


@pytest.mark.java
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", KINDS)
def test_texts_come_back_each_way_and_broken_ones_do_not(name: str) -> None:
    try:
        jar()
    except Unavailable as reason:
        pytest.skip(str(reason))
    kind = KINDS[name]
    with started(kind) as spring:
        assert exchange(kind, spring, list(random_texts(TEXTS, seed=2))) == []
        assert_both_refuse(kind.ours(), spring, symmetric=name == "symmetric")


def assert_both_refuse(ours: Cipher, spring: Spring, *, symmetric: bool) -> None:
    """Show that what we refuse is refused there: with 400, or 500 where it is too short."""
    good = ours.encrypt("foo")
    for text in _broken_hex(good) if symmetric else _broken_base64(good):
        with pytest.raises(Undecryptable) as caught:
            ours.decrypt(text)
        status, _ = spring.post("/decrypt", text)
        assert status == (500 if isinstance(caught.value, TooShort) else 400), text


def _broken_hex(good: str) -> list[str]:
    return [
        "00",
        good[:30],
        good[:34],
        good[:-2],
        good[:-1],
        good + "\n",
        " " + good,
        "x" * 64,
        "00" * 32,
        "٣" * 64,
        "{cipher}" + good,
    ]


def _broken_base64(good: str) -> list[str]:
    raw = b64decode(good)
    end = 2 + int.from_bytes(raw[:2], "big")
    flipped = bytearray(raw)
    flipped[100] ^= 1
    changed = [
        b"\0\0",
        b"\0\0" + raw[end:],
        raw[:200] if end > 200 else raw[:100],
        raw[:end],
        raw[: end + 8],
        raw[:end] + token_bytes(47),
        bytes(flipped),
        b"\0\x10" + raw[2:],
        raw[:2] + bytes(end - 2) + raw[end:],
    ]
    texts = ["AQ", "AQ==", "not base64!", good + "\n", " " + good, good.replace("A", "-", 1)]
    return texts + [b64encode(data).decode() for data in changed]
