"""Values that are never shown, and credentials in URIs."""

import re
from dataclasses import dataclass, field
from typing import Final

MASK: Final = "******"

_URL: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^\s/?#]*)@", re.IGNORECASE)


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


def mask_uris(text: str) -> str:
    """Return the text with the credentials in each URI masked.

    That is the password, and for http(s) a user without one, which mostly is a token.
    """
    return _URL.sub(_masked, text) if "://" in text else text


def _masked(url: re.Match[str]) -> str:
    user, colon, _ = url["user"].partition(":")
    if colon:
        user = f"{user}:{MASK}"
    elif url["scheme"].lower() in {"http", "https"}:
        user = MASK
    return f"{url['scheme']}://{user}@"
