"""Values that are never shown."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Final

from configserver.settings.section import optional

MASK: Final = "******"

_URL: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^\s/?#]*)@", re.IGNORECASE)


_SECRET_KEY: Final = re.compile(
    r"(pass(word|phrase|wd)?|secret|token|credentials?|key)$", re.IGNORECASE
)


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


Key = Annotated[Secret | None, optional(Secret)]
"""The type of a secret field in a section."""


def mask_uris(text: str) -> str:
    """Return the text with the credentials in each URI masked.

    That is the password, and for http(s) a user without one, which mostly is a token.
    """
    return _URL.sub(_masked, text) if "://" in text else text


def names_secret(key: str) -> bool:
    """Say whether a key of an operator's own looks as if its value should not be shown."""
    return _SECRET_KEY.search(key) is not None


def _masked(url: re.Match[str]) -> str:
    user, colon, _ = url["user"].partition(":")
    if colon:
        user = f"{user}:{MASK}"
    elif url["scheme"].lower() in {"http", "https"}:
        user = MASK
    return f"{url['scheme']}://{user}@"
