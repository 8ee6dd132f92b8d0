"""What was wrong with a certificate, in words."""

import socket
import ssl
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.target import Target

_PATIENCE: Final = 5.0
_NAMES: Final = 5
_LENGTH: Final = 100
_CHECKS: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself, and not by a CA that is trusted",
    19: "is signed by a CA that is not trusted",
    20: "is signed by a CA that is not trusted",
    21: "is signed by a CA that is not trusted",
    23: "is revoked",
    62: "is for another host",
    64: "is for another host",
}
"""OpenSSL's codes of failed checks."""

_REMEDIES: Final = {
    "is not valid yet": "check this machine's clock",
    "has expired": "renew the certificate on the host; check this machine's clock",
    "is for another host": "use a host name that the certificate is for",
}
"""What to do where trusting another CA would not help."""

_REFUSALS: Final = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "ALERT_UNKNOWN_CA")
_BAD_CERTIFICATE: Final = ("ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE", "ALERT_UNSUPPORTED_CERT")


def explain_tls(
    error: ssl.SSLError, target: Target, *, ours: bool, direct: bool, timeout: float
) -> Unreachable:
    """Return what a failure of TLS means.

    Args:
        error: as raised by `ssl`.
        target: the host that was talked to.
        ours: whether a certificate of our own was offered.
        direct: whether the host can be asked for its certificate without a proxy.
        timeout: seconds that looking at the certificate may take.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        failed = _CHECKS.get(error.verify_code, "is not to be trusted")
        found = describe(target, timeout=min(timeout, _PATIENCE)) if direct else ""
        return Unreachable(
            f"the certificate of {target.authority} {failed}{found and f' ({found})'}",
            fault=Fault.CERTIFICATE,
            hint=_REMEDIES.get(failed, ""),
        )
    reason = error.reason or ""
    if any(sign in reason for sign in (*_REFUSALS, *_BAD_CERTIFICATE)):
        said = "refuses our client certificate" if ours else "asks for a client certificate"
        return Unreachable(
            f"{target.authority} {said}",
            fault=Fault.CERTIFICATE,
            hint="check configserver.git.client-certificate and client-key",
        )
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return Unreachable(
            f"{target.authority} does not speak TLS", fault=Fault.PROTOCOL, hint="try http: instead"
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in reason:
        return Unreachable(f"{target.authority} closed the connection", fault=Fault.PROTOCOL)
    return Unreachable(f"TLS with {target.authority} failed", fault=Fault.CERTIFICATE)


def describe(target: Target, *, timeout: float) -> str:
    """Say whose certificate a host shows, by whom and until when; nothing if it shows none."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((target.host, target.port), timeout=timeout) as plain,
            context.wrap_socket(plain, server_hostname=target.host) as encrypted,
        ):
            shown = encrypted.getpeercert(binary_form=True)
        certificate = x509.load_der_x509_certificate(shown or b"")
        until = certificate.not_valid_after_utc.strftime("%Y-%m-%d %H:%M UTC")
        return (
            f"for {_hosts(certificate)}, issued by {_name(certificate.issuer)}, valid until {until}"
        )
    except (OSError, ValueError):
        return ""


def _hosts(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return _name(certificate.subject)
    found = [
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    ]
    more = " …" if len(found) > _NAMES else ""
    return _plain(", ".join(found[:_NAMES])) + more if found else _name(certificate.subject)


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _plain(str(common[0].value) if common else name.rfc4514_string())


def _plain(text: str) -> str:
    """Cut what others wrote to what a log can take."""
    return "".join(char if char.isprintable() else "?" for char in text)[:_LENGTH]
