"""Secret fields, and names that look like those of secrets."""

import re
from typing import Annotated, Final

from configserver.secret import Secret
from configserver.settings.section import optional

_SECRET_KEY: Final = re.compile(
    r"(pass(word|phrase|wd)?|secret|token|credentials?|key)$", re.IGNORECASE
)

Key = Annotated[Secret | None, optional(Secret)]
"""The type of a secret field in a section."""


def names_secret(key: str) -> bool:
    """Say whether a key of an operator's own looks as if its value should not be shown."""
    return _SECRET_KEY.search(key) is not None
