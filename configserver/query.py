"""The door: what a client asks for, refused or made safe once.

The same `Query` is used for authorisation, look-up, cache keys and logs, so they cannot disagree.
Rules follow Spring Cloud Config Server 5.0, and its later versions where those refuse more.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from configserver.errors import InvalidRequest

SLASH = "(_)"
"""What stands for `/` in an application or a label, as a segment cannot hold one."""

MAX_SEGMENT = 8192
"""Characters of a name, a list of profiles or a label."""

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LETTER_OR_DIGIT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})


class InvalidLabel(InvalidRequest):
    """A label with `..` or `#`."""


class InvalidProfile(InvalidRequest):
    """A profile that is blank or holds characters that profiles may not have."""


@dataclass(frozen=True, slots=True)
class Query:
    """An application, its profiles and a label.

    Attributes:
        name: the application as asked with `(_)` turned into `/`; may be a list with commas.
        profiles: the profiles as asked; a list with commas.
        label: the label as asked with `(_)` turned into `/`, a list with commas, or None.
    """

    name: str
    profiles: str
    label: str | None = None

    @classmethod
    def parse(cls, name: str, profiles: str, label: str | None = None) -> Self:
        """Check URL-decoded path segments and make a query of them.

        Raises:
            InvalidRequest: `..`, `#`, control characters, a leading `(_)`, a bad profile.
        """
        refuse_location(name, "application")
        _refuse_name(name)
        refuse_location(profiles, "profile")
        for profile in profiles.split(","):
            _refuse_profile(profile, labelled=label is not None)
        if label is not None:
            try:
                refuse_location(label, "label")
            except InvalidRequest as error:
                raise InvalidLabel(error.reason) from None
        return cls(
            name.replace(SLASH, "/"),
            profiles,
            None if label is None else label.replace(SLASH, "/"),
        )

    @property
    def applications(self) -> tuple[str, ...]:
        """The names one by one, each once, without the blanks around them."""
        names = (name.strip() for name in self.name.split(","))
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The profiles one by one, each once, in the order asked for."""
        return tuple(dict.fromkeys(self.profiles.split(",")))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels one by one, repeated ones too; empty if none was asked for."""
        return tuple(part for part in (self.label or "").split(",") if part.strip())


def refuse_location(text: str, what: str) -> None:
    """Refuse `..` and `#`, plain or encoded once more, and over-long text.

    Raises:
        InvalidRequest: `what` (a noun for the message) holds one of them.
    """
    if len(text) > MAX_SEGMENT:
        raise InvalidRequest(f"the {what} is longer than {MAX_SEGMENT} characters")
    for form in (text, unquote(text), unquote(unquote(text))):
        if ".." in form or "#" in form:
            raise InvalidRequest(f"the {what} contains '..' or '#'")


def _refuse_name(name: str) -> None:
    for form in (name, unquote(name)):
        if form.startswith((SLASH, "/", "\\")):
            raise InvalidRequest(f"the application begins with '{SLASH}' or a slash")
        if any(unicodedata.category(char) == "Cc" for char in form):
            raise InvalidRequest("the application contains a control character")
    if "*" in name or _BAD_ESCAPE.search(name):
        raise InvalidRequest("the application contains '*' or '%'")


def _refuse_profile(profile: str, *, labelled: bool) -> None:
    """Refuse what Boot refuses in `spring.profiles.active`.

    The original answers 404 without a label (its second try on `master` fails), else 500.
    """
    inner = all(char in "-_.+@" or _is_letter_or_digit(char) for char in profile)
    if profile and inner and _is_letter_or_digit(profile[0]) and _is_letter_or_digit(profile[-1]):
        return
    error = InvalidProfile(
        "a profile is empty or has characters that profiles may not have",
        hint="use letters, digits and - _ . + @ inside, separate profiles by commas only",
    )
    if not labelled:
        error.status = 404
    raise error


def _is_letter_or_digit(char: str) -> bool:
    return ord(char) <= 0xFFFF and unicodedata.category(char) in _LETTER_OR_DIGIT
