"""Look at one file for ciphers that will not be decrypted and secrets in plain text."""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from configserver.errors import InvalidFile
from configserver.javatext import java_text
from configserver.secrets.dotenv import is_dotenv, pairs
from configserver.secrets.files import is_configuration, read
from configserver.secrets.findings import Finding, Kind
from configserver.secrets.names import looks_secret
from configserver.secrets.rekey import ciphers_elsewhere
from configserver.secrets.rules import Rules, Try, allowed_lines, is_allowed
from configserver.secrets.shapes import shapes
from configserver.secrets.sites import CIPHER, Finder, Site, Source
from configserver.secrets.texts import Refused
from configserver.sops.recognise import ENCRYPTED, Store, store_of

_BARE: Final = re.compile(r"^[^#\n]*:[ \t]+\{cipher\}", re.MULTILINE)
_NEARLY: Final = re.compile(r"\s*['\"]?\s*\{\s*cipher\s*\}", re.IGNORECASE)
_WITHIN: Final = re.compile(r"\{cipher\}(?:\{[^{}]*\})*+[A-Za-z0-9+/=]{32}")
_ELSEWHERE: Final = "keep it elsewhere, or encrypt the file with sops"
_SOPS: Final = "encrypt it with sops edit or sops set"
_REVOKE: Final = "whoever reads the repository has it: revoke it, make a new one and encrypt that"


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
        text = _text(data)
        return _once([*_in_dotenv(path, text, rules), *_in_text(path, text, rules, None)])
    try:
        source = read(path, data)
    except InvalidFile as error:
        return _sorted([_unreadable(path, data, error), *_in_text(path, _text(data), rules, None)])
    return _once([*_in_values(path, source, rules), *_in_text(path, source.text, rules, source)])


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Sort, and leave out the name of a value that is known by its shape: it tells nothing more."""
    found = list(found)
    named = {(one.line, one.column) for one in found if one.kind is Kind.KNOWN_TOKEN}
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
    allowed = allowed_lines(source.text)
    for site in source.sites:
        if site.is_of_sops:
            continue
        if site.is_cipher:
            yield from _cipher(path, site, rules.attempt)
        elif isinstance(site.value, str) and _NEARLY.match(site.value):
            yield _never(path, site)
        elif is_allowed(site, rules, allowed):
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


def _in_dotenv(path: str, text: str, rules: Rules) -> Iterator[Finding]:
    if not is_dotenv(path):
        return
    allowed = allowed_lines(text)
    for one in pairs(text):
        may = one.line in allowed or any(rule.matches(one.key) for rule in rules.allowed)
        if may or one.value.startswith(ENCRYPTED) or not looks_secret(one.key, one.value):
            continue
        why = "a secret by its name, in plain text"
        yield Finding(path, one.line, one.column, Kind.PLAIN_TEXT, one.key, why, _ELSEWHERE)


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
    allowed = allowed_lines(text)
    finder = Finder(text, source.sites if source else ())
    for start, end, name in found:
        site = finder.site(start)
        if site is not None and site.end < end:
            site = None
        line, column = finder.line_column(start)
        if line in allowed or (site is not None and is_allowed(site, rules, allowed)):
            continue
        if site is not None:
            line, column = site.line, site.column
        key = "" if site is None else site.key
        yield Finding(path, line, column, Kind.KNOWN_TOKEN, key, f"{name} in plain text", _REVOKE)


def _unreadable(path: str, data: bytes, error: InvalidFile) -> Finding:
    do = "correct the file; a server refuses it, too"
    line, column = error.line or 1, error.column or 1
    if (bare := _BARE.search(_text(data))) and path.lower().endswith((".yml", ".yaml")):
        do = "put ciphers in quotes: '{cipher}…'"
        line, column = Finder(_text(data)).line_column(bare.end() - len(CIPHER))
    return Finding(path, line, column, Kind.UNREADABLE, "", error.reason, do)


def _at(path: str, site: Site, kind: Kind, why: str, do: str) -> Finding:
    return Finding(path, site.line, site.column, kind, site.key, why, do)


def _text(data: bytes) -> str:
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(found))
