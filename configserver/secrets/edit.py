"""Some values of a file replaced, and the proof that nothing else was."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from configserver.errors import InvalidFile
from configserver.formats import parse
from configserver.javatext import java_text
from configserver.model import Document, Value
from configserver.secrets.files import is_flattened, read
from configserver.secrets.patterns import Pattern
from configserver.secrets.sites import CIPHER, HIDDEN, Site, Source

_PLACEHOLDER: Final = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Edited:
    """A file with values that were encrypted.

    Attributes:
        source: the file as it was.
        data: the file as it should be.
        changes: the new values.
        skipped: values that were meant and left, each with the reason.
        unmatched: patterns that no key matched.
    """

    source: Source
    data: bytes
    changes: Mapping[Site, str]
    skipped: tuple[tuple[Site, str], ...]
    unmatched: tuple[Pattern, ...]


def encrypt_values(
    path: str, data: bytes, meant: Iterable[Pattern], encrypt: Callable[[str], str]
) -> Edited:
    """Return a file with the values of the keys that are meant replaced by ciphers.

    Raises:
        InvalidFile: it does not parse, or a value cannot be replaced without changing others.
    """
    source = read(path, data)
    changes: dict[Site, str] = {}
    skipped = []
    unmatched = dict.fromkeys(meant)
    for site in source.sites:
        matching = [one for one in meant if any(one.matches(key) for _, key in site.keys)]
        for one in matching:
            unmatched.pop(one, None)
        if not matching:
            continue
        if reason := _why_not(site):
            skipped.append((site, reason))
        else:
            changes[site] = encrypt(java_text(site.value))
    changed = replaced(path, source, changes) if changes else data
    return Edited(source, changed, changes, tuple(skipped), tuple(unmatched))


def replaced(path: str, source: Source, changes: Mapping[Site, str]) -> bytes:
    """Return a file with new values, which a server reads as it read the old file but for these.

    Raises:
        InvalidFile: it would read something else; the place is that of the first change.
    """
    data = source.replaced(changes)
    expected = _values(source)
    for site, text in changes.items():
        for one in site.keys:
            if one[0] != HIDDEN:
                expected[one] = text
    try:
        same = repr(_values_again(path, data)) == repr(expected)
    except InvalidFile:
        same = False
    if same:
        return data
    first = min(changes, key=lambda site: site.start)
    reason = f"'{first.key}' or a later value cannot be replaced without changing others"
    hint = "write it on one line in single quotes, without an anchor that is a key elsewhere"
    raise InvalidFile(reason, hint=hint, line=first.line, column=first.column)


def _values(source: Source) -> dict[tuple[int, str], Value]:
    if source.documents is not None:
        return _by_document(source.documents)
    return {site.keys[0]: site.value for site in source.sites}


def _values_again(path: str, data: bytes) -> dict[tuple[int, str], Value]:
    """Return what a server reads, by its own parser where it has one."""
    if is_flattened(path):
        return _by_document(parse(path, data))
    return _values(read(path, data))


def _by_document(documents: Iterable[Document]) -> dict[tuple[int, str], Value]:
    return {
        (number, key): value
        for number, document in enumerate(documents)
        for key, value in document.properties.items()
    }


def _why_not(site: Site) -> str:
    if site.is_cipher:
        return "is a cipher already"
    if isinstance(site.value, bytes):
        return "is binary"
    if site.value == "":
        return "is empty"
    if isinstance(site.value, str) and CIPHER in site.value:
        return "holds a cipher that no server decrypts"
    if isinstance(site.value, str) and _PLACEHOLDER.fullmatch(site.value):
        return "is a placeholder"
    return ""
