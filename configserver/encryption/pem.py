"""What `encrypt.key` is: a password, or the text of an RSA private key; told as Spring tells it."""

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from configserver.encryption import BadKey, Cipher, RandomBytes
from configserver.encryption.rsa import RsaCipher
from configserver.encryption.stores import rsa_private
from configserver.encryption.symmetric import SymmetricCipher

_PEM: Final = re.compile(r"-----BEGIN RSA PRIVATE KEY-----([^-]*)-----END RSA PRIVATE KEY-----")
_FOLD: Final = re.compile(r"\r?\n *|\r")
_BLANKS: Final = "".join(map(chr, range(0x21)))
_PKCS8: Final = ("BEGIN PRIVATE KEY", "BEGIN ENCRYPTED PRIVATE KEY")
_OTHER_KEYS: Final = ("BEGIN OPENSSH PRIVATE KEY", "BEGIN EC PRIVATE KEY", "BEGIN PUBLIC KEY")


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key made of `encrypt.key`.

    Attributes:
        cipher: the key.
        note: what the operator should know about it, or None.
    """

    cipher: Cipher
    note: str | None = None


def key_of_text(text: str, salt: str, random: RandomBytes, *, gcm: bool = False) -> KeyText:
    """Return the key that a text of `encrypt.key` means.

    An RSA key has Spring's defaults, whatever `encrypt.rsa.*` and `encrypt.salt` say.

    Args:
        text: a password, or a PEM that may stand on one line.
        salt: `encrypt.salt`, hex digits; of a password only.
        random: gives the bytes of each text.
        gcm: for a password, whether texts notice changes.

    Raises:
        BadKey: a public key, a broken private key, an empty text or a salt that is no hex.
    """
    if "RSA PRIVATE KEY" in text:
        private = rsa_of_pem(text)
        return KeyText(RsaCipher(private.public_key(), private, random=random))
    if text.startswith("ssh-rsa") or "RSA PUBLIC KEY" in text:
        raise BadKey("encrypt.key is a public key: it cannot decrypt; give the private key")
    return KeyText(SymmetricCipher(text, salt, random, gcm=gcm), _note(text))


def rsa_of_pem(text: str) -> RSAPrivateKey:
    """Return the key of an `RSA PRIVATE KEY` text; line ends and blanks after them do not count.

    Raises:
        BadKey: it is broken, or encrypted.
    """
    found = _PEM.fullmatch(_FOLD.sub("", text).strip(_BLANKS))
    if found is None:
        raise BadKey(
            "encrypt.key looks like an RSA private key but is not whole: it must begin with"
            " -----BEGIN RSA PRIVATE KEY----- and end with -----END RSA PRIVATE KEY-----, not be"
            " encrypted, and hold nothing else"
        )
    try:
        return rsa_private(b64decode(found[1], validate=True))
    except (Error, ValueError):
        raise BadKey("encrypt.key: the RSA private key is not Base64") from None
    except BadKey as problem:
        raise BadKey(f"encrypt.key: {problem}") from None


def _note(text: str) -> str | None:
    if any(kind in text for kind in _PKCS8):
        return (
            "encrypt.key is a private key in PKCS#8 form, which Spring takes for a password, and so"
            " it is used here. For an RSA key, convert it: openssl rsa -traditional -in FILE"
        )
    if any(kind in text for kind in _OTHER_KEYS):
        return "encrypt.key looks like a key in PEM form but is used as a password, as Spring does"
    return None
