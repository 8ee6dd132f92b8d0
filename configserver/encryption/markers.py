"""The prefixes of a text: `{key:…}`, `{secret:…}` and `{plain}`, read and written as Spring does.

Its `EnvironmentPrefixHelper` has oddities that others have come to rely on; they are kept, each
with a comment. All of it takes time in proportion to the text, whatever the text is.
"""

import re
from collections.abc import Mapping
from typing import Final

CIPHER: Final = "{cipher}"
"""Stands before a value that is to be decrypted; no part of the text that is."""

_PLAIN: Final = "{plain}"
_FROM_OUTSIDE: Final = ("name", "profiles")
_LINE_ENDS: Final = "\n\r\u0085\u2028\u2029"
_GROUPS: Final = re.compile(
    # The nearest colon, then the nearest brace: what a lazy match finds, without its searching.
    rf"(?:\{{[^:{_LINE_ENDS}]*+:[^}}{_LINE_ENDS}]*+\}})++"
)
_LINE_END: Final = re.compile(f"[{_LINE_ENDS}]")
_TRIMMED: Final = "".join(map(chr, range(0x21)))


def encryptor_keys(name: str, profiles: str, text: str) -> dict[str, str]:
    """Return the prefixes of a text, after `name` and `profiles`, in their order.

    `{key:a}{secret:b}…` gives `key` and `secret`. A pair without a value gives the empty text, and
    `{key:}` the name `key:`. What is behind `{plain}` is no prefix.
    """
    for outside in _FROM_OUTSIDE:
        text = _without(text, outside)
    keys = {"name": name, "profiles": profiles}
    before, _, _ = text.partition(_PLAIN)
    for token in before.split("}")[:-1]:
        pair = token.strip(_TRIMMED)
        if not pair.startswith("{"):
            continue
        key, colon, value = pair[1:].partition(":")
        if colon and not pair.endswith(":"):
            keys[key] = value
        else:
            keys[pair[1:]] = ""
    return keys


def strip_prefix(text: str) -> str:
    """Return the text behind its prefixes, or behind the first `{plain}`."""
    if "}" not in text:
        return text
    _, plain, rest = text.partition(_PLAIN)
    if plain:
        return rest
    groups = _GROUPS.match(text)
    return text[groups.end() :] if groups else text


def add_prefix(keys: Mapping[str, str], text: str) -> str:
    """Return the text behind the prefixes, all but `name` and `profiles`."""
    pairs = [f"{{{key}:{value}}}" for key, value in keys.items() if key not in _FROM_OUTSIDE]
    return "".join(pairs) + text


def _without(text: str, name: str) -> str:
    """Delete from the first `{name:` to the last brace on its line, and all that is between."""
    prefix = f"{{{name}:"
    start = text.find(prefix)
    while start >= 0:
        line_end = _LINE_END.search(text, start)
        stop = line_end.start() if line_end else len(text)
        last = text.rfind("}", start + len(prefix), stop)
        if last >= 0:
            return text[:start] + text[last + 1 :]
        start = text.find(prefix, stop)
    return text
