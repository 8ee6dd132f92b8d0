"""Some values of a file replaced, and the proof that nothing else was."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from configserver.errors import InvalidFile
from configserver.formats import DEFAULT, Limits, parse
from configserver.javatext import java_text
from configserver.model import Document, Value
from configserver.secrets.files import is_flattened, read
from configserver.secrets.patterns import Pattern
from configserver.secrets.sites import CIPHER, HIDDEN, Site, Source
from configserver.sops.recognise import store_of

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
        InvalidFile: it does not parse, a value cannot be replaced without changing others, or
            SOPS encrypted the file, but not the value.
    """
    source = read(path, data)
    changes: dict[Site, str] = {}
    skipped = []
    unmatched = dict.fromkeys(meant)
    in_sops = store_of(path, data) is not None
    for site in source.sites:
        matching = [one for one in meant if any(one.matches(key) for _, key in site.keys)]
        for one in matching:
            unmatched.pop(one, None)
        if not matching:
            continue
        if reason := _why_not(site, in_sops=in_sops):
            skipped.append((site, reason))
        else:
            changes[site] = encrypt(java_text(site.value))
    if changes and in_sops:
        raise _of_sops(min(changes, key=lambda site: site.start))
    changed = replaced(path, source, changes) if changes else data
    return Edited(source, changed, changes, tuple(skipped), tuple(unmatched))


def replaced(
    path: str, source: Source, changes: Mapping[Site, str], limits: Limits = DEFAULT
) -> bytes:
    """Return a file with new values, which a server reads as it read the old file but for these.

    Raises:
        InvalidFile: it would read something else, with the place of the first change, or nothing,
            as the file is too large.
    """
    data = source.replaced(changes)
    expected = _values(source)
    for site, text in changes.items():
        for one in site.keys:
            if one[0] != HIDDEN:
                expected[one] = text
    if len(data) > limits.max_bytes:
        size = f"larger than {limits.max_bytes} bytes"
        raise InvalidFile(f"with the new values the file would be {size}", hint="divide it")
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


def _of_sops(site: Site) -> InvalidFile:
    return InvalidFile(
        f"'{site.key}' stands in a file of SOPS, whose code over all values would not fit any more",
        hint="encrypt it with sops edit or sops set",
        line=site.line,
        column=site.column,
    )


def _why_not(site: Site, *, in_sops: bool) -> str:
    """Return why a value is left, an empty text for none."""
    text = site.value if isinstance(site.value, str) else None
    reasons = {
        "is encrypted with SOPS, or belongs to it": in_sops and site.is_of_sops,
        "is a cipher already": site.is_cipher,
        "is binary": isinstance(site.value, bytes),
        "is empty": text == "",
        "holds a cipher that no server decrypts": text and CIPHER in text,
        "is a placeholder": text and _PLACEHOLDER.fullmatch(text),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
