"""Values that are never shown."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator

MASK: Final = "******"

_USER_INFO = re.compile(r"(?<=://)([^\s/?#@:]*):([^\s/?#]*)@")


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is masked wherever it is printed; `reveal` is easy to search for."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK


def _secret(value: object) -> Secret:
    return value if isinstance(value, Secret) else Secret(str(value))


SecretText = Annotated[Secret, PlainValidator(_secret), PlainSerializer(str, return_type=str)]
"""The type of a secret field in a section."""


def mask_uris(text: str) -> str:
    """Return the text with the password of each `scheme://user:password@host` masked."""
    return _USER_INFO.sub(rf"\1:{MASK}@", text) if "://" in text else text
