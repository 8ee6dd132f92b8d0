"""What the documents of a tree say about themselves: their imports and conditions.

Placeholders in these values are looked up in the served documents alone, never in the server's
own environment; a document that is not active must not be needed for it.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from configserver.environment.activation import (
    Activation,
    Condition,
    MalformedExpression,
    platform_named,
)
from configserver.environment.contributors import Contributor, Part, walk
from configserver.environment.imports import Group, UnusableLocation, imported
from configserver.environment.naming import Naming
from configserver.environment.placeholder_syntax import Part as TextPart
from configserver.environment.placeholder_syntax import Placeholder, parse
from configserver.environment.relaxed import (
    ACTIVATE,
    CONFIG,
    IMPORT,
    ON_CLOUD_PLATFORM,
    ON_PROFILE,
    Resolve,
    SpringKeys,
)
from configserver.errors import CircularPlaceholder, InvalidFile, Unrenderable
from configserver.javatext import java_text

MAX_READINGS = 50
"""How many documents may need each other's conditions."""

MAX_LOOK_UPS = 3_000_000
"""How many documents may be asked for keys of placeholders, all in all."""

MAX_RESOLVED = 100_000
"""Characters of a value with its placeholders replaced."""


class Binder:
    """Reads the documents of a growing tree.

    Args:
        root: the tree.
        setup: keys that placeholders find first.
        naming: knows where absolute imports lead.

    Attributes:
        activation: what is known so far; None while nothing conditional is active.
    """

    def __init__(self, root: Contributor, setup: Mapping[str, str], naming: Naming) -> None:
        self.activation: Activation | None = None
        self._root = root
        self._setup = setup
        self._naming = naming
        self._reading: list[Contributor] = []
        self._look_ups = 0

    def bind(self, contributor: Contributor) -> None:
        """Let a contributor know its imports and its condition.

        Raises:
            InvalidFile: they cannot be understood.
        """
        if contributor.part is not None and not contributor.bound:
            contributor.imports, contributor.condition = self._read(contributor, contributor.part)
        contributor.bound = True

    def is_active(self, contributor: Contributor) -> bool:
        """Say whether a document is active by what is known so far.

        Raises:
            InvalidFile: a profile expression is malformed.
        """
        part, condition = contributor.part, contributor.condition
        if part is not None and not contributor.bound:
            condition = self._read(contributor, part)[1]
        if part is None or condition is None:
            return True
        if self.activation is None:
            return False
        try:
            return condition.holds(self.activation)
        except MalformedExpression as error:
            raise part.keys.invalid(ON_PROFILE, f"unusable: {error}") from None

    def resolver(self, contributor: Contributor | None = None) -> Resolve:
        """Return what replaces placeholders in values of a contributor, or of any active one."""
        return partial(self._resolved, contributor)

    def _read(
        self, contributor: Contributor, part: Part
    ) -> tuple[tuple[Group, ...], Condition | None]:
        if contributor in self._reading or len(self._reading) == MAX_READINGS:
            raise InvalidFile("the conditions of documents need each other", path=part.path)
        self._reading.append(contributor)
        try:
            return self._bound(part, self.resolver(contributor))
        except (CircularPlaceholder, Unrenderable) as error:
            raise InvalidFile(error.reason, path=part.path) from None
        finally:
            self._reading.pop()

    def _bound(self, part: Part, resolve: Resolve) -> tuple[tuple[Group, ...], Condition | None]:
        keys = part.keys
        texts = keys.texts(IMPORT, resolve)
        condition = _condition(keys, resolve)
        if condition is None and keys.has(ACTIVATE):
            raise keys.invalid(ACTIVATE, "a text where on-profile belongs below it")
        if condition is None and texts is None and keys.has(CONFIG):
            raise keys.invalid(CONFIG, "a text where keys belong below it")
        try:
            groups = tuple(
                imported(text, part.place, self._naming)
                for text in texts or ()
                if text.removeprefix("optional:").strip()
            )
        except UnusableLocation as error:
            raise keys.invalid(IMPORT, str(error)) from None
        return groups, condition

    def _resolved(self, contributor: Contributor | None, text: str) -> str:
        if "${" not in text:
            return text
        return _Resolution(partial(self._found, contributor)).of(text)

    def _found(self, contributor: Contributor | None, key: str) -> str | None:
        """Look a key up in all documents; each that has it must be active."""
        found = self._setup.get(key)
        for other in walk(self._root):
            self._look_ups += 1
            value = None if other.part is None else other.part.document.properties.get(key)
            if other.part is None or value is None:
                continue
            if other is not contributor and not self.is_active(other):
                raise InvalidFile(
                    f"a placeholder refers to '{key}' of a document that is not active here",
                    path=other.part.path,
                )
            if found is None:
                found = java_text(value)
        if self._look_ups > MAX_LOOK_UPS:
            raise Unrenderable("the placeholders of imports and conditions are too many")
        return found


def _condition(keys: SpringKeys, resolve: Resolve) -> Condition | None:
    expressions = keys.texts(ON_PROFILE, resolve)
    text = (keys.text(ON_CLOUD_PLATFORM, resolve) or "").strip()
    platform = platform_named(text) if text else None
    if text and platform is None:
        raise keys.invalid(ON_CLOUD_PLATFORM, "no cloud platform")
    if expressions is None and platform is None:
        return None
    return Condition(platform, expressions or ())


class _Resolution:
    """Replaces the placeholders of one value.

    Args:
        look_up: returns the text of a key, None if there is none.
    """

    def __init__(self, look_up: "partial[str | None]") -> None:
        self._look_up = look_up
        self._open: list[str] = []
        self._length = 0

    def of(self, text: str) -> str:
        """Return a text with its placeholders replaced; what is not found stays as it is."""
        return self._joined(parse(text))

    def _joined(self, parts: Iterable[TextPart]) -> str:
        text = "".join(part if isinstance(part, str) else self._value(part) for part in parts)
        self._length += len(text)
        if self._length > MAX_RESOLVED:
            raise Unrenderable(f"a value has more than {MAX_RESOLVED} characters")
        return text

    def _value(self, placeholder: Placeholder) -> str:
        key = self._joined(placeholder.key)
        for name in (placeholder.verbatim, key):
            value = None if name is None else self._look_up(name)
            if name is not None and value is not None:
                return self._followed(name, value)
        if placeholder.default is not None:
            return self._joined(placeholder.default)
        return f"${{{key}}}"

    def _followed(self, key: str, value: str) -> str:
        if key in self._open or len(self._open) == MAX_READINGS:
            raise CircularPlaceholder(f"the placeholder for '{key}' needs itself")
        self._open.append(key)
        resolved = self.of(value)
        self._open.pop()
        return resolved
