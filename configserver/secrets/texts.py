"""Whole values: `{cipher}{key:alias}…` made of a text, and a text made of one."""

import re
from typing import Final

from configserver.encryption import Locator, NoSuchKey, Undecryptable
from configserver.encryption.locators import OtherKey
from configserver.encryption.markers import add_prefix, encryptor_keys, strip_prefix
from configserver.secrets.sites import CIPHER

_NAME: Final = "application"
_PROFILES: Final = "default"
_QUOTED: Final = re.compile(r"\A(['\"])(.*)\1\Z", re.DOTALL)
_ALIAS: Final = re.compile(r"[^{}:\x00-\x20\x7f]+(?: +[^{}:\x00-\x20\x7f]+)*")


class Refused(Exception):
    """A value that could not be decrypted; the message says why and holds no secret."""


class UnderOtherKey(Refused):
    """A value that names another key than the one it was to be decrypted with."""


def encrypted(locator: Locator, text: str, alias: str | None = None) -> str:
    """Return the value to write down for a text.

    Args:
        locator: where the keys are.
        text: any text; braces in it mean nothing.
        alias: the key to take and to name in the value; None takes the default and names none.

    Raises:
        NoSuchKey: the alias names none.
        Unencryptable: the text is no Unicode text.
    """
    pairs = {} if alias is None else {"key": alias}
    cipher = locator.locate({"name": _NAME, "profiles": _PROFILES, **pairs})
    return CIPHER + add_prefix(pairs, cipher.encrypt(text))


def decrypted(locator: Locator, value: str) -> str:
    """Return the text of a value, which may lack `{cipher}`.

    Raises:
        UnderOtherKey: it names another key than the one to be taken.
        Refused: none of the keys made it.
    """
    value = value.removeprefix(CIPHER)
    try:
        cipher = locator.locate(encryptor_keys(_NAME, _PROFILES, value))
        if not cipher.can_decrypt:
            raise Refused("only the public half of its key is there")
        return cipher.decrypt(strip_prefix(value))
    except OtherKey as error:
        raise UnderOtherKey(str(error)) from None
    except NoSuchKey as error:
        raise Refused(str(error) or "its key is not there") from None
    except Undecryptable:
        raise Refused("another key made it, or it was changed or cut") from None


def unquoted(text: str) -> str:
    """Return a pasted value without the quotes and blanks around it."""
    text = text.strip()
    quoted = _QUOTED.match(text)
    return quoted[2] if quoted else text


def is_alias(text: str) -> bool:
    """Say whether a text can be named in `{key:…}` and read back."""
    return _ALIAS.fullmatch(text) is not None
