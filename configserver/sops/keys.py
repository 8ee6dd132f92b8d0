"""The key of a file, unwrapped with one of the identities that a server has."""

from collections.abc import Iterator, Sequence
from typing import Final

from configserver.errors import InvalidFile
from configserver.sops.identities import Identities, Recipient
from configserver.sops.metadata import Metadata
from configserver.sops.parts import damaged, shown
from configserver.sops.shamir import combined

_OURS: Final = ("age", "pgp")
"""Kinds of recipients that can be opened, in the order in which SOPS tries them."""

_NAMED: Final = 5
"""Recipients that an error names."""


def data_key(metadata: Metadata, identities: Identities) -> bytes:
    """Return the key of the values of a file.

    Raises:
        InvalidFile: none of the identities is a recipient, or the parts of the key do not fit.
    """
    parts = []
    for group in metadata.groups:
        part = next(_unwrapped(group, identities), None)
        if part is not None:
            parts.append(part)
        if len(parts) == metadata.threshold:
            break
    if len(parts) < metadata.threshold:
        raise _not_for_us(metadata)
    if len(metadata.groups) == 1:
        return parts[0]
    try:
        return combined(parts)
    except ValueError as error:
        raise damaged(str(error)) from None


def _unwrapped(group: Sequence[Recipient], identities: Identities) -> Iterator[bytes]:
    """Yield the part of a group; those that are ours by their names are tried first."""

    def rank(recipient: Recipient) -> tuple[bool, int]:
        return recipient.name.lower() not in identities.names, _OURS.index(recipient.kind)

    for recipient in sorted((one for one in group if one.kind in _OURS), key=rank):
        part = identities.unwrap(recipient)
        if part is not None:
            yield part


def _not_for_us(metadata: Metadata) -> InvalidFile:
    names = [shown(one.shown) for group in metadata.groups for one in group]
    more = f" and {len(names) - _NAMED} more" if names[_NAMED:] else ""
    needed = ""
    if len(metadata.groups) > 1:
        needed = f", {metadata.threshold} of {len(metadata.groups)} groups"
    return InvalidFile(
        "no configured identity opens the file, which SOPS encrypted for "
        f"{', '.join(names[:_NAMED])}{more}{needed}",
        hint="set configserver.sops.age-key-file or configserver.sops.pgp-key-file to the private "
        "key of a recipient, or add this server's public key with sops updatekeys",
    )
