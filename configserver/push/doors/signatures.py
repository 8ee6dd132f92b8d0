"""Signatures of what is sent to other servers, and their check; pure."""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final

from configserver.secret import Secret

_STANDARD: Final = "whsec_"


def webhook_headers(
    secret: Secret, body: bytes, *, message: str, timestamp: int
) -> Mapping[str, str]:
    """Return the headers by which a receiver knows who sent a webhook.

    `X-Hub-Signature-256` is GitHub's: HMAC-SHA256 of the body under the secret as it is written.
    The others are of Standard Webhooks: HMAC-SHA256 of id, time and body. Its libraries take the
    secret as `whsec_` and Base64; the key is what that stands for, else the secret as written.

    Args:
        secret: shared with the receiver.
        body: what is sent.
        message: its id, the same for each try.
        timestamp: of this try, in seconds since 1970.
    """
    signed = b"%s.%d.%s" % (message.encode(), timestamp, body)
    standard = b64encode(_hmac(standard_key(secret), signed)).decode()
    return {
        "X-Hub-Signature-256": f"sha256={_hmac(secret.reveal().encode(), body).hex()}",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{standard}",
    }


def standard_key(secret: Secret) -> bytes:
    """Return the key of Standard Webhooks that a secret stands for.

    Raises:
        ValueError: what follows `whsec_` is not Base64.
    """
    text = secret.reveal()
    if not text.startswith(_STANDARD):
        return text.encode()
    try:
        return b64decode(text.removeprefix(_STANDARD), validate=True)
    except binascii.Error:
        raise ValueError("should have Base64 after whsec_") from None


def peer_signature(secret: Secret, body: bytes, *, timestamp: int) -> str:
    """Return the signature of what one replica sends to another."""
    return "v1=" + _hmac(secret.reveal().encode(), b"%d.%s" % (timestamp, body)).hex()


def is_signed(secret: Secret, body: bytes, *, timestamp: int, signature: str) -> bool:
    """Say whether a replica sent a body, in constant time."""
    expected = peer_signature(secret, body, timestamp=timestamp)
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
