"""What stands under `sops`: who may open a file, which values are encrypted, and the code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from configserver.sops.identities import KINDS, Recipient
from configserver.sops.parts import Tree, damaged

MAX_RECIPIENTS: Final = 500
"""Recipients of one file, each of which may take a try."""

_MAX_WRAPPED: Final = 64 * 1024
"""Characters of a wrapped key; an RSA key of 16384 bits takes a twentieth."""

_SUFFIXES: Final = ("unencrypted_suffix", "encrypted_suffix")
_BY_LOOK: Final = (
    *("unencrypted_regex", "encrypted_regex"),
    *("unencrypted_comment_regex", "encrypted_comment_regex"),
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of a file.

    Attributes:
        mac: the code over all values, encrypted.
        modified: what the code is bound to, a time.
        groups: the recipients; each group opens one part of the key.
        threshold: how many parts are needed.
        encrypted_only: whether the code is made of the encrypted values alone.
        suffix: what keys end with whose values differ, or None if only the look of a value tells.
        suffix_encrypts: whether those are the encrypted ones.
    """

    mac: str
    modified: str
    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int
    encrypted_only: bool
    suffix: str | None
    suffix_encrypts: bool

    def should_be_encrypted(self, path: Sequence[str]) -> bool | None:
        """Say whether a value is encrypted, None if only its look tells.

        The expressions that SOPS allows are Go's, so they are not run; the code over all values
        tells what was taken for something else.
        """
        if self.suffix is None:
            return None
        found = any(key.endswith(self.suffix) for key in path)
        return found if self.suffix_encrypts else not found


def metadata_of(tree: Mapping[str, Tree]) -> Metadata:
    """Return what a tree of metadata says.

    Raises:
        InvalidFile: something is missing or of another shape.
    """
    mac, modified = (_text(tree, name) for name in ("mac", "lastmodified"))
    if not mac or not modified:
        raise damaged("its metadata has no mac, or does not say when it was modified")
    rules = [name for name in (*_SUFFIXES, *_BY_LOOK) if _text(tree, name)]
    if len(rules) > 1:
        raise damaged(f"its metadata has both {rules[0]} and {rules[1]}")
    rule = rules[0] if rules else ""
    groups = _groups(tree)
    if sum(map(len, groups)) > MAX_RECIPIENTS:
        raise damaged(f"it has more than {MAX_RECIPIENTS} recipients")
    return Metadata(
        mac=mac,
        modified=modified,
        groups=groups,
        threshold=_threshold(tree, len(groups)),
        encrypted_only=_text(tree, "mac_only_encrypted").lower() == "true",
        suffix=None if rule in _BY_LOOK else _text(tree, rule) or "_unencrypted",
        suffix_encrypts=rule == "encrypted_suffix",
    )


def _groups(tree: Mapping[str, Tree]) -> tuple[tuple[Recipient, ...], ...]:
    if own := tuple(_recipients(tree)):
        return (own,)
    listed = tree.get("key_groups")
    if listed is None:
        raise damaged("its metadata names no recipient")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise damaged("key_groups is no list")
    groups = tuple(tuple(_recipients(_map(group, "key_groups"))) for group in listed)
    if not groups or not all(groups):
        raise damaged("its metadata has a group without recipients")
    return groups


def _recipients(tree: Mapping[str, Tree]) -> Iterator[Recipient]:
    for kind, (_, named) in KINDS.items():
        listed = tree.get(kind)
        if listed is None:
            continue
        if not isinstance(listed, Sequence) or isinstance(listed, str):
            raise damaged(f"its recipients of the kind {kind} are no list")
        for one in listed:
            about = _map(one, kind)
            wrapped = _text(about, "enc")
            if len(wrapped) > _MAX_WRAPPED:
                raise damaged(f"a wrapped key has more than {_MAX_WRAPPED} characters")
            yield Recipient(kind, _text(about, named), wrapped)


def _threshold(tree: Mapping[str, Tree], groups: int) -> int:
    text = _text(tree, "shamir_threshold") or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > 4 or int(text) > groups:
        raise damaged("shamir_threshold is no number of its groups")
    return int(text) or groups


def _text(tree: Mapping[str, Tree], name: str) -> str:
    found = tree.get(name)
    if found is not None and not isinstance(found, str):
        raise damaged(f"{name} is no text")
    return found or ""


def _map(node: Tree, name: str) -> Mapping[str, Tree]:
    if not isinstance(node, Mapping):
        raise damaged(f"{name} holds what is no map")
    return node
