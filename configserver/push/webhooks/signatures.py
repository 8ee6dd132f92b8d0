"""The ways in which Git hosts show that they know a secret.

Only digests are compared, and in constant time: how long it takes says nothing of a secret, not
even its length.
"""

from base64 import b64decode
from binascii import Error, unhexlify
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final
from urllib.parse import unquote

from configserver.push.webhooks import Headers, Received

SIGNING_TOKEN: Final = b"whsec_"
"""What a secret of Standard Webhooks begins with; the rest is the key in Base64."""

STANDARD_SECONDS: Final = 300
"""How far the clocks of both sides may differ, as the specification suggests."""

GITEE_SECONDS: Final = 3600
"""The same, as Gitee documents it."""


def signed(received: Received, secret: bytes, header: str, *, prefix: str = "sha256=") -> bool:
    """Say whether a header holds the HMAC-SHA256 of the body in hex digits."""
    given = received.headers.get(header, "")
    if not given.startswith(prefix):
        return False
    try:
        claimed = unhexlify(given.removeprefix(prefix))
    except (Error, ValueError):
        return False
    return compare_digest(digest(secret, received.body, "sha256"), claimed)


def shown(given: str | None, secret: bytes) -> bool:
    """Say whether a text is the secret."""
    return given is not None and compare_digest(_digest(_bytes(given)), _digest(secret))


def bearer(headers: Headers, secret: bytes) -> bool:
    """Say whether the secret is shown as a bearer token (RFC 6750)."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and shown(token.strip(), secret)


def sends_basic(headers: Headers) -> bool:
    """Say whether there are credentials of the Basic scheme."""
    return headers.get("Authorization", "")[:6].lower() == "basic "


def basic(headers: Headers, secret: bytes) -> bool:
    """Say whether the secret is the password, or `user:password` (RFC 7617)."""
    if not sends_basic(headers):
        return False
    try:
        login = b64decode(headers["Authorization"][6:].strip(), validate=True)
    except (Error, ValueError):
        return False
    password = login.partition(b":")[2]
    wanted = _digest(secret)
    matches = [compare_digest(_digest(one), wanted) for one in (login, password)]
    return any(matches)


def standard(received: Received, secret: bytes) -> bool:
    """Say whether there is a signature of Standard Webhooks, version 1, made just now."""
    headers = received.headers
    stamp, key = headers.get("webhook-timestamp", ""), signing_key(secret)
    if key is None or not _recent(stamp, received.now, STANDARD_SECONDS):
        return False
    signed_text = _bytes(f"{headers.get('webhook-id', '')}.{stamp}.") + received.body
    wanted = digest(key, signed_text, "sha256")
    given = headers.get("webhook-signature", "").split(" ")
    claimed = [one.removeprefix("v1,") for one in given if one.startswith("v1,")]
    return any([compare_digest(_decoded(one), wanted) for one in claimed])  # noqa: C419 - all of it


def gitee(received: Received, secret: bytes) -> bool:
    """Say whether Gitee signed its timestamp, in milliseconds, just now; the body is not signed."""
    stamp = received.headers.get("X-Gitee-Timestamp", "")
    if not _recent(stamp, received.now * 1000, GITEE_SECONDS * 1000):
        return False
    wanted = digest(secret, _bytes(f"{stamp}\n") + secret, "sha256")
    return compare_digest(_decoded(unquote(received.headers.get("X-Gitee-Token", ""))), wanted)


def signing_key(secret: bytes) -> bytes | None:
    """Return the key in a secret of Standard Webhooks, None if there is none."""
    if not secret.startswith(SIGNING_TOKEN):
        return None
    return _decoded(secret.removeprefix(SIGNING_TOKEN).decode("utf-8", "replace")) or None


def _recent(stamp: str, now: float, span: float) -> bool:
    """Say whether a timestamp in digits is not further from now than a span, in either way."""
    return stamp.isascii() and stamp.isdigit() and len(stamp) < 20 and abs(now - int(stamp)) <= span


def _decoded(text: str) -> bytes:
    """Return the bytes of Base64, none if it is not well-formed."""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return b""


def _bytes(text: str) -> bytes:
    """Return the bytes of a header, as aiohttp decodes them."""
    return text.encode("utf-8", "surrogateescape")


def _digest(content: bytes) -> bytes:
    return sha256(content).digest()
