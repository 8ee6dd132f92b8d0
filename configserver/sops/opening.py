"""A SOPS file as the plain file that it was made of."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from configserver.errors import InvalidFile
from configserver.formats.limits import DEFAULT, Limits
from configserver.sops.identities import Identities
from configserver.sops.json import read_json
from configserver.sops.keys import data_key
from configserver.sops.lines import read_dotenv, read_ini
from configserver.sops.metadata import Metadata, metadata_of
from configserver.sops.parts import Leaf, Parts, damaged, shown
from configserver.sops.recognise import Store
from configserver.sops.values import Changed, Kind, Plain, ValueCipher, is_encrypted
from configserver.sops.yaml import read_yaml

_READERS: Final[Mapping[Store, Callable[[bytes, Limits], Parts]]] = {
    Store.YAML: read_yaml,
    Store.JSON: read_json,
    Store.BINARY: read_json,
    Store.DOTENV: read_dotenv,
    Store.INI: read_ini,
}

_DATA: Final = ("data",)
"""Where a file stands that is wrapped in JSON."""

_Opened: TypeAlias = tuple[Leaf, Plain]

_ENCRYPTED_ONLY: Final = hashlib.sha256(b"sops").digest()
"""What the code over the encrypted values alone begins with."""


def opened(store: Store, data: bytes, identities: Identities, limits: Limits = DEFAULT) -> bytes:
    """Return a file with its values opened where they stand and its metadata taken out.

    Line numbers stay as they are, but behind list items that were comments.

    Args:
        store: its layout.
        data: its content.
        identities: private keys.
        limits: bounds on the file.

    Raises:
        InvalidFile: it is damaged, was changed, or none of the identities opens it; with a line
            where one is known. Neither reason nor hint holds any of its values.
    """
    if len(data) > limits.max_bytes:
        raise InvalidFile(f"the file is larger than {limits.max_bytes} bytes")
    parts = _READERS[store](data, limits)
    metadata = metadata_of(parts.metadata)
    key = data_key(metadata, identities)
    try:
        cipher = ValueCipher(key)
    except ValueError as error:
        raise damaged(str(error)) from None
    plain = _plain(parts, metadata, cipher)
    if store is Store.BINARY:
        return _binary(parts, plain)
    return _written(parts, plain).encode(parts.encoding)


def _plain(parts: Parts, metadata: Metadata, cipher: ValueCipher) -> list[_Opened]:
    """Return the values that were encrypted.

    Raises:
        InvalidFile: one of them, or the code over all of them, is not as it was made.
    """
    code = hashlib.sha512(_ENCRYPTED_ONLY if metadata.encrypted_only else b"")
    found: list[_Opened] = []
    for leaf in parts.leaves:
        if leaf.comment:
            if value := _comment(leaf, parts, cipher):
                found.append((leaf, value))
        elif _encrypted(leaf, metadata):
            value = _value(leaf, parts, cipher)
            found.append((leaf, value))
            if value.kind is not Kind.COMMENT:
                code.update(value.data)
        elif leaf.code is not None and not metadata.encrypted_only:
            code.update(leaf.code)
    try:
        expected = cipher.open(metadata.mac, metadata.modified.encode("utf-8", "replace"))
    except Changed as error:
        raise damaged(f"the code over all of its values (mac) {error}") from None
    if not hmac.compare_digest(expected.data, code.hexdigest().upper().encode()):
        raise InvalidFile(
            "values were added, changed or moved since SOPS encrypted the file (the mac differs)",
            hint="restore the file from an earlier commit; change SOPS files with sops only",
        )
    return found


def _encrypted(leaf: Leaf, metadata: Metadata) -> bool:
    """Say whether a value has to be opened.

    Raises:
        InvalidFile: it is in plain text, but should be encrypted.
    """
    should = metadata.should_be_encrypted(leaf.path)
    looks = is_encrypted(leaf.text)
    if should and not looks and leaf.code:
        raise damaged(f"{_name(leaf)} is in plain text, but should be encrypted", line=leaf.line)
    return looks and should is not False


def _value(leaf: Leaf, parts: Parts, cipher: ValueCipher) -> Plain:
    try:
        return cipher.open(leaf.text or "", _about(leaf.path, parts))
    except Changed as error:
        raise damaged(f"{_name(leaf)} {error}", line=leaf.line) from None


def _comment(leaf: Leaf, parts: Parts, cipher: ValueCipher) -> Plain | None:
    """Return a comment, None for one that was never encrypted; the code does not cover them.

    It belongs to one of the maps around it.
    """
    for keys in range(len(leaf.path), -1, -1):
        with suppress(Changed):
            return cipher.open(leaf.text or "", _about(leaf.path[:keys], parts))
    return None


def _about(path: Sequence[str], parts: Parts) -> bytes:
    return (":".join(path) + ":").encode(parts.encoding, "replace")


def _written(parts: Parts, plain: Sequence[_Opened]) -> str:
    """Return the text with the values in their places and without its metadata."""
    changes = [_change(leaf, parts, value) for leaf, value in plain]
    text, done, out = parts.text, 0, []
    last, at_end = len(text), True
    for start, end in sorted(parts.cuts, reverse=True):
        at_end = at_end and not text[end:last].strip()
        last = start
        kept = parts.keeps_lines and not at_end
        changes.append((start, end, "\n" * text.count("\n", start, end) if kept else ""))
    for start, end, new in sorted(changes):
        out += [text[done:start], new]
        done = end
    return "".join((*out, text[done:]))


def _change(leaf: Leaf, parts: Parts, value: Plain) -> tuple[int, int, str]:
    """Return what to replace, and what by."""
    start = leaf.start
    if value.kind is Kind.COMMENT and not leaf.comment:
        if leaf.item is None:
            raise damaged(f"{_name(leaf)} is a comment", line=leaf.line)
        start = leaf.item
    try:
        return start, leaf.end, parts.write(value) + "\n" * leaf.breaks
    except UnicodeDecodeError:
        raise damaged(f"{_name(leaf)} is no text", line=leaf.line) from None
    except ValueError as error:
        raise damaged(f"{_name(leaf)} {error}", line=leaf.line) from None


def _binary(parts: Parts, plain: Sequence[_Opened]) -> bytes:
    """Return the file that is wrapped in JSON; an empty one is never encrypted."""
    for leaf, value in plain:
        if leaf.path == _DATA:
            return value.data
    for leaf in parts.leaves:
        if leaf.path == _DATA and leaf.text is not None and leaf.code is not None:
            return leaf.code
    raise damaged("it wraps no file: there is no 'data'")


def _name(leaf: Leaf) -> str:
    return f"the value of '{shown('.'.join(leaf.path))}'" if leaf.path else "a value"
