"""Which keys are meant: `datasource.password,*.secret`."""

import re
from dataclasses import dataclass, field

from configserver.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Pattern:
    """A whole flat key, in which `*` stands for any characters, dots and brackets too, or none.

    `*.secret` means a `secret` at the top as well, and a pattern that names a list means its
    items. Case, dashes and all else count as they are.
    """

    text: str
    _expression: re.Pattern[str] = field(repr=False)

    def matches(self, key: str) -> bool:
        """Say whether a flat key is meant."""
        return self._expression.fullmatch(key) is not None


def patterns(text: str) -> tuple[Pattern, ...]:
    """Return the patterns of a list with commas.

    Raises:
        InvalidRequest: there is none.
    """
    parts = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    if not parts:
        raise InvalidRequest("no key is named", hint="name keys as in 'db.password,*.secret'")
    return tuple(Pattern(part, _expression(part)) for part in parts)


def _expression(pattern: str) -> re.Pattern[str]:
    anywhere = r"(?:.*\.)?" if pattern.startswith("*.") else ""
    parts = re.split(r"\*+", pattern.removeprefix("*."))
    any_between = ".*".join(map(re.escape, parts))
    return re.compile(rf"{anywhere}{any_between}(?:\[[0-9]+\])*", re.DOTALL)
