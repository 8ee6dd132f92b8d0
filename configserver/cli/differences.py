"""What changed between two answers of a server, with secrets masked; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from configserver.javatext import java_text
from configserver.model import PropertySource
from configserver.render.merge import merge
from configserver.secrets.names import looks_secret
from configserver.secrets.shapes import shapes
from configserver.secrets.sites import CIPHER

MASK: Final = "******"


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose value is another one now.

    Attributes:
        old: the value, masked if it is a secret; None if there was none.
        new: see `old`.
    """

    key: str
    old: str | None
    new: str | None


def values_of(environment: Any) -> dict[str, Any]:
    """Return the values that win of an environment's JSON."""
    sources = environment.get("propertySources") or ()
    return merge(PropertySource(str(one["name"]), one["source"]) for one in sources)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what was added, removed or changed, by key."""
    for key in sorted(old.keys() | new.keys()):
        if key in old and key in new and old[key] == new[key]:
            continue
        secret = any(key in values and _is_secret(key, values[key]) for values in (old, new))
        yield Difference(key, *(_shown(values, key, secret=secret) for values in (old, new)))


def _shown(values: Mapping[str, Any], key: str, *, secret: bool) -> str | None:
    if key not in values:
        return None
    return MASK if secret else _text(values[key])


def _is_secret(key: str, value: Any) -> bool:
    """Say whether a value is a cipher, or looks like a secret by its key or its shape."""
    text = _text(value)
    return text.startswith(CIPHER) or looks_secret(key, value) or any(shapes(text))


def _text(value: Any) -> str:
    return "" if value is None else java_text(value)
