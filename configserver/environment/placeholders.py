"""`${key:default}` in a finished text, resolved against an environment alone."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from configserver.environment.placeholder_syntax import Part, parse
from configserver.errors import CircularPlaceholder, Unrenderable
from configserver.javatext import java_text
from configserver.model import Environment, Value

MAX_DEPTH = 100
"""How far placeholders may lead from value to value."""

MAX_PASTED = 16_000_000
"""How many characters the pasted values of one text may have together."""

Quote: TypeAlias = Callable[[str], str]

_ESCAPED = re.compile(r"\\{1,2}\$\{")
_MASK = "$_{"


def resolve(text: str, environment: Environment, quote: Quote | None = None) -> str:
    r"""Replace the placeholders in a text as Spring does in finished documents.

    A key is looked up in the sources one after the other, spelled exactly; values are resolved in
    turn. What cannot be resolved stays. `\${x}` and `\\${x}` become `${x}`.

    Args:
        text: a whole document.
        environment: where keys are looked up.
        quote: makes a value fit for the place where it is pasted; defaults of the text itself and
            values that become part of a key are left alone.

    Raises:
        CircularPlaceholder: a value needs itself.
        Unrenderable: values lead on too far or grow too large.
    """
    return Resolver(environment).resolve(text, quote)


class _Text(NamedTuple):
    """A piece of text as it counts in keys, and as it is shown: with pasted values quoted."""

    plain: str
    shown: str


class Resolver:
    """The values found so far in one environment, for texts that belong together.

    The limits hold for all of them.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._known: dict[str, str | None] = {}
        self._open: set[str] = set()
        self._pasted = 0

    def resolve(self, text: str, quote: Quote | None = None) -> str:
        """See the function of this name."""
        masked = _ESCAPED.sub(_MASK, text)
        if "${" in masked:
            masked = self._join(parse(masked), quote).shown
        return masked.replace(_MASK, "${")

    def _join(self, parts: Iterable[Part], quote: Quote | None) -> _Text:
        texts = [self._part(part, quote) for part in parts]
        if len(texts) == 1:
            return texts[0]
        plain = "".join(text.plain for text in texts)
        return _Text(plain, "".join(text.shown for text in texts) if quote else plain)

    def _part(self, part: Part, quote: Quote | None) -> _Text:
        if isinstance(part, str):
            return _Text(part, part)
        key = self._join(part.key, quote)
        value = None
        if part.verbatim is not None:
            value = self._value(part.verbatim)
        if value is None:
            value = self._value(key.plain)
        if value is not None:
            return self._pasted_text(value, quote)
        if part.default is not None:
            return self._join(part.default, quote)
        return _Text(f"${{{key.plain}}}", f"${{{key.shown}}}")

    def _pasted_text(self, value: str, quote: Quote | None) -> _Text:
        shown = value if quote is None else quote(value)
        self._pasted += len(shown)
        if self._pasted > MAX_PASTED:
            raise Unrenderable(
                f"the values of placeholders have more than {MAX_PASTED} characters together"
            )
        return _Text(value, shown)

    def _value(self, key: str) -> str | None:
        if key in self._known:
            return self._known[key]
        if key in self._open:
            raise CircularPlaceholder(f"the placeholder for '{key}' needs itself")
        value = self._look_up(key)
        if value is not None and "${" in value:
            value = self._follow(key, value)
        self._known[key] = value
        return value

    def _follow(self, key: str, value: str) -> str:
        if len(self._open) == MAX_DEPTH:
            raise Unrenderable(f"placeholders lead on over more than {MAX_DEPTH} values")
        self._open.add(key)
        resolved = self._join(parse(value), None).plain
        self._open.remove(key)
        return resolved

    def _look_up(self, key: str) -> str | None:
        for source in self._environment.sources:
            if key in source.properties:
                return _text(source.properties[key])
        return None


def _text(value: Value) -> str:
    """Return a value as Spring's conversion to text does: bytes are a list of signed numbers."""
    if isinstance(value, bytes):
        return ",".join(str(byte - 256 if byte > 127 else byte) for byte in value)
    return java_text(value)
