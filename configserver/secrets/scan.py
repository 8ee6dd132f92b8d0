"""Look at one file for ciphers that will not be decrypted and secrets in plain text."""

import re
import shlex
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from configserver.errors import InvalidFile
from configserver.javatext import java_text
from configserver.secrets.files import is_configuration, read
from configserver.secrets.findings import Finding, Kind
from configserver.secrets.names import looks_secret
from configserver.secrets.patterns import Pattern
from configserver.secrets.rekey import ciphers_elsewhere
from configserver.secrets.shapes import shapes
from configserver.secrets.sites import CIPHER, Finder, Site, Source
from configserver.secrets.texts import Refused
from configserver.sops.recognise import Store, store_of

Try: TypeAlias = Callable[[str], str | None]
"""Decrypts a value; returns the name of its key if that is retired; raises Refused."""

Open: TypeAlias = Callable[[str, bytes], bytes | None]
"""Opens a file by its path and content; raises InvalidFile."""

ALLOW: Final = "configserver:allow-secret"
"""In a comment, on the line of a value or the one before it: what is there may be there."""

_BARE: Final = re.compile(r"^[^#\n]*:[ \t]+\{cipher\}", re.MULTILINE)
_NEARLY: Final = re.compile(r"\s*['\"]?\s*\{\s*cipher\s*\}", re.IGNORECASE)
_WITHIN: Final = re.compile(r"\{cipher\}(?:\{[^{}]*\})*+[A-Za-z0-9+/=]{32}")
_BREAKS: Final = re.compile("\r\n|\r|\n")
_SOPS: Final = "encrypt it with sops edit or sops set"
_REVOKE: Final = "whoever reads the repository has it: revoke it, make a new one and encrypt that"


@dataclass(frozen=True, slots=True)
class Rules:
    """What to look for.

    Attributes:
        attempt: tries to decrypt a cipher; None if there are no keys.
        allowed: keys whose values may be plain text.
        open: tries to open a file of SOPS; None if there are no keys for it.
    """

    attempt: Try | None = None
    allowed: tuple[Pattern, ...] = ()
    open: Open | None = None


def scan(path: str, data: bytes, rules: Rules) -> list[Finding]:
    """Return what is wrong with a file, by line; of a file that is no text, nothing.

    In a file of SOPS, what is encrypted counts as good if the file can be opened.
    """
    store = store_of(path, data)
    closed = [] if store is None else list(_closed(path, data, rules))
    if store in {Store.BINARY, Store.INI}:
        return closed
    found = _scan(path, data, rules)
    return found if store is None else [*closed, *map(_of_sops, found)]


def _of_sops(found: Finding) -> Finding:
    """Return what was found in a file of SOPS, which only sops may change."""
    return replace(found, do=_SOPS) if found.kind is Kind.PLAIN_TEXT else found


def _scan(path: str, data: bytes, rules: Rules) -> list[Finding]:
    if not is_configuration(path, data):
        return _sorted(_in_text(path, _text(data), rules, None))
    try:
        source = read(path, data)
    except InvalidFile as error:
        return _sorted([_unreadable(path, data, error), *_in_text(path, _text(data), rules, None)])
    found = [*_in_values(path, source, rules), *_in_text(path, source.text, rules, source)]
    named = {(one.line, one.column) for one in found if one.kind is Kind.KNOWN_TOKEN}
    # Of a value that is known by its shape, its name tells nothing more.
    return _sorted(
        one
        for one in found
        if one.kind is not Kind.PLAIN_TEXT or (one.line, one.column) not in named
    )


def _closed(path: str, data: bytes, rules: Rules) -> Iterator[Finding]:
    """Yield why a file of SOPS cannot be opened."""
    try:
        if rules.open is not None:
            rules.open(path, data)
    except InvalidFile as error:
        yield Finding(path, error.line or 1, 1, Kind.UNDECRYPTABLE, "", error.reason, error.hint)


def _in_values(path: str, source: Source, rules: Rules) -> Iterator[Finding]:
    allowed = _allowed_lines(source.text)
    for site in source.sites:
        if site.is_of_sops:
            continue
        if site.is_cipher:
            yield from _cipher(path, site, rules.attempt)
        elif isinstance(site.value, str) and _NEARLY.match(site.value):
            yield _never(path, site)
        elif _is_allowed(site, rules, allowed):
            continue
        elif isinstance(site.value, str) and _WITHIN.search(site.value):
            why = "a cipher within a value, so no server decrypts it"
            do = "encrypt the whole value, or refer to one that is a cipher: ${its.key}"
            yield _at(path, site, Kind.NEVER_DECRYPTED, why, do)
        elif any(looks_secret(key, site.value) for _, key in site.keys):
            why = "a secret by its name, in plain text"
            yield _at(path, site, Kind.PLAIN_TEXT, why, _encrypt(path, site.key))
    for place in ciphers_elsewhere(source):
        if place.key == "":
            why = "a cipher in a comment or a key: a change of keys leaves it as it is"
            yield Finding(path, place.line, place.column, Kind.IN_COMMENT, "", why, "delete it")


def _encrypt(path: str, key: str) -> str:
    """Return what to do about plain text: a command to copy."""
    quoted = "'" + key.replace("'", "'\\''") + "'"
    return f"encrypt it: configserver encrypt-file {shlex.quote(path)} --keys {quoted}"


def _cipher(path: str, site: Site, attempt: Try | None) -> Iterator[Finding]:
    text = str(site.value)
    if text != text.strip():
        why = "a blank or line end belongs to the cipher, so no server decrypts it"
        yield _at(path, site, Kind.UNDECRYPTABLE, why, "delete what stands behind the cipher")
        return
    if attempt is None:
        return
    try:
        retired = attempt(text)
    except Refused as error:
        do = "encrypt the value anew, or give the key that made it"
        yield _at(path, site, Kind.UNDECRYPTABLE, str(error), do)
        return
    if retired is not None:
        why = f"its key '{retired}' is retired"
        yield _at(path, site, Kind.RETIRED_KEY, why, "configserver rekey, then delete that key")


def _never(path: str, site: Site) -> Finding:
    text = java_text(site.value).lstrip()
    if text[:1] in {"'", '"'} and not site.quote:
        why = "the quotes belong to the value, so no server decrypts it"
        return _at(path, site, Kind.NEVER_DECRYPTED, why, "delete the quotes")
    why = "the value does not begin with {cipher}, so no server decrypts it"
    do = "let it begin with {cipher}, in lower case and without blanks or quotes before it"
    return _at(path, site, Kind.NEVER_DECRYPTED, why, do)


def _in_text(path: str, text: str, rules: Rules, source: Source | None) -> Iterator[Finding]:
    found = list(shapes(text))
    if not found:
        return
    allowed = _allowed_lines(text)
    finder = Finder(text, source.sites if source else ())
    for start, end, name in found:
        site = finder.site(start)
        if site is not None and site.end < end:
            site = None
        line, column = finder.line_column(start)
        if line in allowed or (site is not None and _is_allowed(site, rules, allowed)):
            continue
        if site is not None:
            line, column = site.line, site.column
        key = "" if site is None else site.key
        yield Finding(path, line, column, Kind.KNOWN_TOKEN, key, f"{name} in plain text", _REVOKE)


def _is_allowed(site: Site, rules: Rules, lines: Container[int]) -> bool:
    """Say whether a value may be plain text, or is none."""
    if site.is_cipher or site.line in lines:
        return True
    return any(rule.matches(key) for rule in rules.allowed for _, key in site.keys)


def _unreadable(path: str, data: bytes, error: InvalidFile) -> Finding:
    do = "correct the file; a server refuses it, too"
    line, column = error.line or 1, error.column or 1
    if (bare := _BARE.search(_text(data))) and path.lower().endswith((".yml", ".yaml")):
        do = "put ciphers in quotes: '{cipher}…'"
        line, column = Finder(_text(data)).line_column(bare.end() - len(CIPHER))
    return Finding(path, line, column, Kind.UNREADABLE, "", error.reason, do)


def _allowed_lines(text: str) -> set[int]:
    if ALLOW not in text:
        return set()
    lines = [n for n, line in enumerate(_BREAKS.split(text), 1) if ALLOW in line]
    return {line for n in lines for line in (n, n + 1)}


def _at(path: str, site: Site, kind: Kind, why: str, do: str) -> Finding:
    return Finding(path, site.line, site.column, kind, site.key, why, do)


def _text(data: bytes) -> str:
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(found))
