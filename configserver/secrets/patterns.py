"""Which keys are meant: `datasource.password,*.secret`."""

import re
from collections.abc import Callable

from configserver.errors import InvalidRequest


def matcher(patterns: str) -> Callable[[str], bool]:
    """Return what says whether one of the patterns, separated by commas, matches a flat key.

    A pattern is a whole key, in which `*` stands for any characters, dots and brackets too, or for
    none. `*.secret` means a `secret` at the top as well, and a pattern that names a list means its
    items. Case, dashes and all else count as they are.

    Raises:
        InvalidRequest: there is no pattern.
    """
    parts = [part.strip() for part in patterns.split(",") if part.strip()]
    if not parts:
        raise InvalidRequest("no key is named", hint="name keys as in 'db.password,*.secret'")
    expression = re.compile("|".join(f"(?:{_expression(part)})" for part in parts), re.DOTALL)
    return lambda key: expression.fullmatch(key) is not None


def _expression(pattern: str) -> str:
    anywhere = r"(?:.*\.)?" if pattern.startswith("*.") else ""
    parts = re.split(r"\*+", pattern.removeprefix("*."))
    return anywhere + ".*".join(map(re.escape, parts)) + r"(?:\[[0-9]+\])*"
