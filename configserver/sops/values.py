"""Single values: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` opened with the key of a file."""

import binascii
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from configserver.sops.recognise import ENCRYPTED

_BASE64: Final = "[A-Za-z0-9+/]+={0,2}"
_VALUE: Final = re.compile(
    rf"ENC\[AES256_GCM,data:({_BASE64}),iv:({_BASE64}),tag:({_BASE64}),type:([a-z]+)\]"
)
_KEY: Final = 32
_TAG: Final = 16
_NONCES: Final = range(8, 129)
"""Bytes of a nonce that the library takes; SOPS writes 32."""

_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Kind(StrEnum):
    """The type of a value, by the name that SOPS gives it."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    BYTES = "bytes"
    TIME = "time"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Plain:
    """An opened value.

    Attributes:
        kind: its type.
        data: its text in bytes, numbers and switches as Go writes them.
    """

    kind: Kind
    data: bytes

    def __repr__(self) -> str:
        return f"Plain({self.kind})"


class Changed(Exception):
    """A value that is damaged, moved, or under another key; the message says which, if known."""


class ValueCipher:
    """Opens the values of one file.

    Args:
        key: 32 bytes.

    Raises:
        ValueError: a key of another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY:
            raise ValueError(f"its key has {len(key)} bytes rather than {_KEY}")
        self._cipher = AESGCM(key)

    def open(self, text: str, about: bytes) -> Plain:
        """Return a value.

        Args:
            text: the value as written.
            about: what it is bound to: the keys that lead to it.

        Raises:
            Changed: it cannot be opened.
        """
        match = _VALUE.fullmatch(text)
        if match is None:
            raise Changed("is damaged")
        try:
            data, nonce, tag = (
                binascii.a2b_base64(part, strict_mode=True) for part in match.groups()[:3]
            )
            kind = Kind(match[4])
        except (binascii.Error, ValueError):
            raise Changed("is damaged") from None
        if len(tag) != _TAG or len(nonce) not in _NONCES:
            raise Changed("is damaged")
        try:
            plain = self._cipher.decrypt(nonce, data + tag, about)
        except InvalidTag:
            raise Changed("was changed or moved after it was encrypted") from None
        return Plain(kind, _canonical(kind, plain))


def is_encrypted(text: str | None) -> bool:
    """Say whether a text is meant to be an encrypted value."""
    return text is not None and text.startswith(ENCRYPTED)


def float_code(number: float) -> bytes:
    """Return a number as Go formats it without an exponent."""
    if number != number:  # noqa: PLR0124 - what is not a number differs from itself
        return b"NaN"
    if number in {float("inf"), float("-inf")}:
        return b"+Inf" if number > 0 else b"-Inf"
    digits = format(Decimal(repr(number)), "f")
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits).encode()


def bool_code(*, value: bool) -> bytes:
    """Return a switch as SOPS writes it."""
    return b"True" if value else b"False"


def _canonical(kind: Kind, data: bytes) -> bytes:
    """Return the text of a value in the one form that the code over all values is made of."""
    try:
        match kind:
            case Kind.INT:
                return str(int(data)).encode()
            case Kind.FLOAT:
                return float_code(float(data))
            case Kind.BOOL:
                return _bool(data.decode())
    except ValueError:
        raise Changed("is not of the type that it says") from None
    return data


def _bool(text: str) -> bytes:
    if text not in _TRUE | _FALSE:
        raise ValueError
    return bool_code(value=text in _TRUE)
