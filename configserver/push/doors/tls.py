"""TLS on the way out: whom a server trusts, who it is itself, and what went wrong in words."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from configserver.push import DeliveryFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Files of certificates, each PEM.

    Attributes:
        ca_file: CAs that are trusted besides the system's; None for those alone.
        certificate: of this server, for who asks for one; None for none.
        key: of that certificate; None if it is in the same file.
    """

    ca_file: str | None = None
    certificate: str | None = None
    key: str | None = None

    def context(self) -> ssl.SSLContext:
        """Read the files, and the system's: it takes some 50 ms, which are not the loop's.

        Raises:
            OSError: a file cannot be read, or does not hold what it should (`ssl.SSLError`).
        """
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        if self.certificate:
            # Without a password a key that has one would be asked for at the terminal.
            context.load_cert_chain(self.certificate, self.key, password="")
        return context


ALONE: Final = Trust()
"""The system's CAs alone, and no certificate of ours."""


class NotEncrypted(DeliveryFailed):
    """The other side does not speak TLS, and nothing was said to it."""

    def __init__(self) -> None:
        super().__init__("does not speak TLS", hint="check its address and port")


class NeedsCertificate(DeliveryFailed):
    """The other side wants a certificate of ours, or another one."""

    def __init__(self) -> None:
        super().__init__(
            "its TLS wants a client certificate, or another one", hint="set client-certificate"
        )


_CHECKS: Final = {
    9: ("is not valid yet", "check this machine's clock"),
    10: ("has expired", "renew it, or check this machine's clock"),
    62: ("is for another host", "use a host name that it is for"),
    64: ("is for another host", "use a host name that it is for"),
}
"""OpenSSL's codes of failed checks that are not about a CA."""

_DEEPEST: Final = 20
_UNKNOWN: Final = ("is not trusted", "name its CA in ca-file, or renew the certificate")
_WANTED: Final = ("ALERT_CERTIFICATE", "BAD_CERTIFICATE", "UNSUPPORTED_CERT", "ALERT_UNKNOWN_CA")
_PLAIN: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


def tls_failure(error: BaseException) -> DeliveryFailed | None:
    """Return what an error of TLS means, whatever a library wrapped it in; None if it is none."""
    for cause in reversed(tuple(_causes(error))):
        if isinstance(cause, ssl.SSLCertVerificationError):
            what, hint = _CHECKS.get(getattr(cause, "verify_code", 0), _UNKNOWN)
            return DeliveryFailed(f"its TLS certificate {what}", hint=hint)
        if isinstance(cause, ssl.SSLError):
            return _other(cause.reason or "")
    return None


def connection_failure(error: BaseException) -> DeliveryFailed:
    """Return why there is no connection; the text of an error may hold anything, its name not."""
    if isinstance(error, DeliveryFailed):
        return error
    if (failure := tls_failure(error)) is not None:
        return failure
    system = [cause for cause in _causes(error) if isinstance(cause, OSError)]
    return DeliveryFailed(type(system[-1] if system else error).__name__)


def _other(reason: str) -> DeliveryFailed:
    if any(sign in reason for sign in _WANTED):
        return NeedsCertificate()
    if any(sign in reason for sign in _PLAIN):
        return NotEncrypted()
    return DeliveryFailed("its TLS fails", hint="see its log")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised for; aiormq makes that a circle."""
    seen = 0
    while error is not None and seen < _DEEPEST:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1
