"""The ciphers of a file under another key."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from configserver.encryption import Unencryptable
from configserver.errors import InvalidFile
from configserver.secrets.edit import replaced
from configserver.secrets.files import holds_word, is_configuration, may_hold_ciphers, read
from configserver.secrets.sites import CIPHER, Finder, Site, Source
from configserver.secrets.texts import Refused, UnderOtherKey

Decrypt: TypeAlias = Callable[[str], str]
"""Returns the text of a value; raises Refused."""
Encrypt: TypeAlias = Callable[[str], str]
"""Returns the value for a text; raises Unencryptable."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cipher in a file, and what there is to say of it."""

    line: int
    column: int
    key: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """A file whose ciphers were looked at.

    Attributes:
        path: as given.
        data: the file as it should be, or None if nothing changes or something failed.
        changed: ciphers that are under the new key in `data`.
        kept: ciphers that were under the new key before.
        others: ciphers that name a key which is neither; they stay as they are.
        failed: ciphers that cannot be decrypted, or the place where the file does not parse.
        left: ciphers in comments, and where no server would decrypt them.
        sops: whether it is a file of SOPS, which only sops changes.
    """

    path: str
    data: bytes | None = None
    changed: tuple[Place, ...] = ()
    kept: tuple[Place, ...] = ()
    others: tuple[Place, ...] = ()
    failed: tuple[Place, ...] = ()
    left: tuple[Place, ...] = ()
    sops: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """From which key to which.

    Attributes:
        old: decrypts with the old key.
        new: decrypts with the new key.
        encrypt: encrypts with the new key.
        doubts: whether the new key is tried on what the old one decrypted, too.
    """

    old: Decrypt
    new: Decrypt
    encrypt: Encrypt
    doubts: bool = True


def rekeyed(path: str, data: bytes, change: Change) -> Rekeyed:
    """Return a file with each of its ciphers under the new key.

    A cipher that only the new key decrypts is kept, so that a second run changes nothing. One that
    both keys decrypt to different texts is refused: CBC cannot tell which of them is right.

    Args:
        path: chooses the format by its suffix.
        data: the content of the file.
        change: the keys.
    """
    if not (is_configuration(path, data) and may_hold_ciphers(data)):
        return Rekeyed(path)
    try:
        source = read(path, data)
    except InvalidFile as error:
        if not holds_word(data):
            return Rekeyed(path)
        return Rekeyed(path, failed=(_unread(error),))
    changes, found = _looked_at(source, change)
    done = replace(found, path=path, left=tuple(ciphers_elsewhere(source)))
    if not changes or done.failed:
        return done
    try:
        written = replaced(path, source, changes)
    except InvalidFile as error:
        return Rekeyed(path, failed=(_unread(error),), left=done.left)
    return replace(done, data=written)


def _looked_at(source: Source, change: Change) -> tuple[Mapping[Site, str], Rekeyed]:
    """Return the new values, and what becomes of each cipher."""
    changes: dict[Site, str] = {}
    kept, others, failed = [], [], []
    for site in source.sites:
        if not site.is_cipher:
            continue
        try:
            value = _value(str(site.value), change)
        except UnderOtherKey as error:
            others.append(_place(site, str(error)))
        except Refused as error:
            failed.append(_place(site, str(error)))
        else:
            if value is None:
                kept.append(_place(site))
            else:
                changes[site] = value
    changed = tuple(map(_place, changes))
    places = Rekeyed("", None, changed, tuple(kept), tuple(others), tuple(failed))
    return changes, places


def ciphers_elsewhere(source: Source) -> list[Place]:
    """Return where `{cipher}` stands in a file without beginning a value."""
    finder = Finder(source.text, source.sites)
    found = []
    for match in re.finditer(re.escape(CIPHER), source.text):
        site = finder.site(match.start())
        if site is not None and site.is_cipher:
            continue
        line, column = finder.line_column(match.start())
        about = "in a comment" if site is None else "not at the beginning of its value"
        found.append(Place(line, column, "" if site is None else site.key, about))
    return found


def _value(value: str, change: Change) -> str | None:
    """Return the value under the new key, or None if it is under it already."""
    try:
        was = change.old(value)
    except Refused:
        with suppress(Refused):
            change.new(value)
            return None
        raise
    if change.doubts and _opened(value, change.new) not in {None, was}:
        raise Refused("both keys decrypt it, to different texts")
    try:
        return change.encrypt(was)
    except Unencryptable as error:
        raise Refused(str(error)) from None


def _opened(value: str, decrypt: Decrypt) -> str | None:
    try:
        return decrypt(value)
    except Refused:
        return None


def _place(site: Site, about: str = "") -> Place:
    return Place(site.line, site.column, site.key, about)


def _unread(error: InvalidFile) -> Place:
    return Place(error.line or 1, error.column or 1, "", error.reason)
