"""Bodies of `/encrypt` and `/decrypt`: text in some charset, or a form that was meant as text.

`curl -d mysecret` sends a form. The original takes it for its parameters, writes them down anew,
and cuts off what that has added; whoever posts to it has come to rely on how.
"""

import re
from base64 import b64decode
from binascii import Error, unhexlify
from urllib.parse import quote_plus, unquote_plus, unquote_to_bytes

from configserver.web.charsets import decode
from configserver.web.negotiation import MediaRange

_FORM = "application/x-www-form-urlencoded"
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def posted(body: bytes, media: MediaRange, *, has_query: bool) -> str:
    """Return a body as the text that the original's handlers get.

    Args:
        body: as sent.
        media: its type.
        has_query: whether the address has a query string, with which forms stay as they are.
    """
    charset = media.charset or "utf-8"
    if media.name == _FORM and not has_query:
        return _rewritten(body, charset)
    return decode(body, charset)


def without_form(text: str, media: MediaRange) -> str:
    """Return a text to encrypt without what a form has added to it."""
    if not _from_form(text, media):
        return text
    return unquote_plus(text)[:-1]


def cipher_without_form(text: str, media: MediaRange) -> str:
    """Return a text to decrypt without what a form has added to it: `=`, and blanks for `+`."""
    if not _from_form(text, media):
        return text
    plain = unquote_plus(text).replace(" ", "+")
    odd = plain.endswith("=") and len(plain) % 2
    return plain[:-1] if odd and _is_code(plain[:-1]) else plain


def _from_form(text: str, media: MediaRange) -> bool:
    """Say whether a text is treated as if it came from a form: only `text/plain` alone is not."""
    return text.endswith("=") and media.name + media.parameters != "text/plain"


def _rewritten(body: bytes, charset: str) -> str:
    """Return the parameters of a form written down anew, those of one name together."""
    parameters: dict[str, list[str]] = {}
    for part in body.split(b"&"):
        name, _, value = part.partition(b"=")
        if name and not _BAD_ESCAPE.search(part):
            parameters.setdefault(_decoded(name, charset), []).append(_decoded(value, charset))
    pairs = [(name, value) for name, values in parameters.items() for value in values]
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def _decoded(part: bytes, charset: str) -> str:
    return decode(unquote_to_bytes(part.replace(b"+", b" ")), charset)


def _encoded(text: str) -> str:
    """Encode as Java's `URLEncoder`."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def _is_code(text: str) -> bool:
    """Say whether a text is hex or Base64; Java's decoder does without padding."""
    try:
        unhexlify(text)
    except (Error, ValueError):
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        try:
            b64decode(padded, validate=True)
        except (Error, ValueError):
            return False
    return True
