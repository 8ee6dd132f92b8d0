"""A document's `spring.*` keys as Spring Boot binds them: spelling is relaxed, lists have forms.

`on-profile`, `onProfile`, `ON_PROFILE` are one name: only letters and digits count, in any case,
but what stands in brackets is taken as it is. See Spring Boot, "Relaxed Binding".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from configserver.environment.activation import JAVA_BLANKS
from configserver.errors import InvalidFile
from configserver.javatext import java_text
from configserver.model import Document, Value

Name: TypeAlias = tuple[str, ...]
"""The elements of a name, bare of all but letters and digits unless bracketed."""

Resolve: TypeAlias = Callable[[str], str]
"""Replaces the placeholders in a text."""

MAX_KEY = 250
"""Characters of a key that may have a meaning here; longer ones are just served."""

MAX_ELEMENTS = 20
"""Elements of such a key."""

_GAP = r"[^a-z0-9.\[]*"
_SPRING = re.compile(rf"\.*{_GAP.join(['', *'spring', ''])}[.\[]", re.IGNORECASE)
_NOT_UNIFORM = re.compile(r"[^a-z0-9]")
_NOT_ORIGINAL = re.compile(r"^-|[^A-Za-z0-9_-]")
_ELEMENT = re.compile(r"\[(?P<index>(?:[^\[\]]|\[[^\]]*\])*)\]|(?P<word>[^.\[]+)|[.\[]")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a document, taken apart.

    Attributes:
        text: the key as written.
        name: its elements, uniform.
        words: its elements as written but for characters that names may not have.
        bracketed: for each element whether it stands in brackets.
    """

    text: str
    name: Name
    words: tuple[str, ...]
    bracketed: tuple[bool, ...]


def _key(text: str) -> Key:
    found = [match for match in _ELEMENT.finditer(text) if match.lastgroup and match[0] != "[]"]
    bracketed = tuple(match.lastgroup == "index" for match in found)
    parts = [match["index"] if match["word"] is None else match["word"] for match in found]
    pairs = tuple(zip(parts, bracketed, strict=True))
    return Key(
        text,
        tuple(part if kept else _NOT_UNIFORM.sub("", part.lower()) for part, kept in pairs),
        tuple(part if kept else _NOT_ORIGINAL.sub("", part) for part, kept in pairs),
        bracketed,
    )


class SpringKeys:
    """The `spring.*` keys of one document, and what they are bound to.

    Args:
        document: a document of a file.
        path: that file, for errors.
    """

    def __init__(self, document: Document, path: str) -> None:
        self._document = document
        self._path = path

    @cached_property
    def _keys(self) -> tuple[Key, ...]:
        keys = (
            _key(text)
            for text in self._document.properties
            if _SPRING.match(text) and len(text) <= MAX_KEY
        )
        return tuple(key for key in keys if len(key.name) <= MAX_ELEMENTS)

    @cached_property
    def _by_name(self) -> Mapping[Name, Key]:
        """The keys by name; of several with one name the one in kebab case, else the first."""
        found: dict[Name, Key] = {}
        for key in self._keys:
            if key.name not in found or key.text in _KEBAB:
                found[key.name] = key
        return found

    @cached_property
    def _indexed(self) -> Mapping[Name, set[str]]:
        """What stands in brackets directly behind a name."""
        found: dict[Name, set[str]] = {}
        for key in self._keys:
            for at, bracketed in enumerate(key.bracketed):
                if bracketed:
                    found.setdefault(key.name[:at], set()).add(key.name[at])
        return found

    def below(self, name: Name) -> Iterator[Key]:
        """Yield the keys below a name in file order."""
        size = len(name)
        return (key for key in self._keys if len(key.name) > size and key.name[:size] == name)

    def has(self, name: Name) -> bool:
        """Say whether there is a value of that name, be it empty."""
        return name in self._by_name

    def value(self, name: Name, resolve: Resolve) -> Value | None:
        """Return a value, its placeholders replaced; None if there is none."""
        key = self._by_name.get(name)
        if key is None:
            return None
        value = self._document.properties[key.text]
        return resolve(value) if isinstance(value, str) else value

    def text(self, name: Name, resolve: Resolve) -> str | None:
        """Return a value as text."""
        value = self.value(name, resolve)
        return None if value is None else java_text(value)

    def texts(self, name: Name, resolve: Resolve) -> tuple[str, ...] | None:
        """Return a list written as such or as a text with commas; None if there is none.

        Raises:
            InvalidFile: its indices do not begin with 0 or leave one out, or it holds no scalars.
        """
        value = self.value(name, resolve)
        if value is not None:
            text = java_text(value)
            return tuple(part.strip(JAVA_BLANKS) for part in text.split(",")) if text else ()
        found: list[str] = []
        while (item := self.text((*name, str(len(found))), resolve)) is not None:
            found.append(item)
        if self._indexed.get(name, set()) - {str(index) for index in range(len(found))}:
            raise self.invalid(name, "a list with a gap, or of something else than scalars")
        return tuple(found) or None

    def flag(self, name: Name, resolve: Resolve) -> bool | None:
        """Return a boolean, None if there is none or it is empty.

        Raises:
            InvalidFile: it is something else.
        """
        value = self.value(name, resolve)
        if value is None or isinstance(value, bool):
            return value
        word = value.strip(JAVA_BLANKS).lower() if isinstance(value, str) else "?"
        if word in ("true", "on", "yes", "1"):
            return True
        if word in ("false", "off", "no", "0"):
            return False
        if not word:
            return None
        raise self.invalid(name, "no boolean")

    def invalid(self, name: Name, what: str) -> InvalidFile:
        """Make the error of a value that is `what`, a noun or a clause about it."""
        key = self._by_name.get(name) or next(self.below(name), None)
        text = ".".join(name) if key is None else key.text
        position = self._document.origins.get(text)
        return InvalidFile(
            f"'{text}' is {what}",
            path=self._path,
            line=position and position.line,
            column=position and position.column,
        )


def _name(kebab: str) -> Name:
    return tuple(_NOT_UNIFORM.sub("", word) for word in kebab.split("."))


CONFIG = _name("spring.config")
IMPORT = _name("spring.config.import")
ACTIVATE = _name("spring.config.activate")
ON_PROFILE = _name("spring.config.activate.on-profile")
ON_CLOUD_PLATFORM = _name("spring.config.activate.on-cloud-platform")
CLOUD_PLATFORM = _name("spring.main.cloud-platform")
PROFILES = _name("spring.profiles")
INCLUDE = _name("spring.profiles.include")
GROUP = _name("spring.profiles.group")
VALIDATE = _name("spring.profiles.validate")
DEFAULT = _name("spring.profiles.default")
ACTIVE = _name("spring.profiles.active")

_KEBAB = frozenset(
    {
        *("spring.config.import", "spring.config.activate.on-profile", "spring.profiles.include"),
        *("spring.config.activate.on-cloud-platform", "spring.main.cloud-platform"),
        *("spring.profiles.validate", "spring.profiles.default", "spring.config.import[0]"),
    }
)
