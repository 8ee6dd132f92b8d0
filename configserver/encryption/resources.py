"""Ciphers in plain files, which are replaced as text.

Spring does so only where it is asked to, and in its server of today only with the old bootstrap
mode switched on. Nothing is quoted anew: a plain text with quotes or line ends may break its file.
"""

from collections.abc import Iterable

from configserver.encryption import Locator
from configserver.encryption.markers import CIPHER, encryptor_keys, strip_prefix


def plain_texts(
    ciphers: Iterable[str], locator: Locator, *, name: str, profiles: str
) -> dict[str, str]:
    """Return what to put in place of each cipher, in the order in which to replace them.

    Args:
        ciphers: values of a file, `{cipher}` included.
        locator: gets the application as `name`.
        name: the application as asked.
        profiles: as asked, with commas.

    Raises:
        Undecryptable: one is no cipher of its key; as in the original, that fails the request.
        NoSuchKey: one names a key that is not there.
    """
    # The longest first: one cipher may be the beginning of another.
    return {
        cipher: _plain(cipher.replace(CIPHER, ""), locator, name, profiles)
        for cipher in sorted(set(ciphers), key=len, reverse=True)
    }


def _plain(closed: str, locator: Locator, name: str, profiles: str) -> str:
    cipher = locator.locate(encryptor_keys(name, profiles, closed), application=name)
    return cipher.decrypt(strip_prefix(closed))
