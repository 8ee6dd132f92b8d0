"""What a host shows of itself in TLS."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from configserver.backends.git.access import Access
from configserver.backends.git.faults import HINTS, Fault
from configserver.doctor.certificates import Certificate, certificate_of
from configserver.doctor.network import reason_of
from configserver.doctor.report import Finding, StepFailed, Warned
from configserver.doctor.trust import trust_of

SOON: Final = 30
"""Days before its end from which a certificate is warned of."""

_EXPIRED, _NOT_YET, _SELF_SIGNED, _SELF_SIGNED_CHAIN = 10, 9, 18, 19
_NO_ISSUER: Final = (2, 20, 21, 27)
_WRONG_HOST: Final = (62, 64)


def examine(
    dial: Callable[[], socket.socket], host: str, access: Access
) -> tuple[Finding, Callable[[], ssl.SSLSocket]]:
    """Shake hands; return what was seen, and how to do that again.

    Raises:
        StepFailed: the certificate is not to be trusted, or there is no TLS.
    """
    context = trust_of(access, ours=True)
    try:
        with _shake(dial, host, context) as connection:
            finding = _seen(connection, access)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(error, _shown(dial, host), host) from None
    except OSError as error:
        raise StepFailed(
            "no TLS connection",
            why=reason_of(error),
            do="check that the port speaks TLS, and what stands in between",
        ) from None
    return finding, lambda: _shake(dial, host, context)


def describe(certificate: Certificate, now: datetime) -> str:
    """Return holder, issuer and end on one line."""
    days = (certificate.ends - now).days
    signer = "itself" if certificate.own_issuer else certificate.issuer
    until = f"{certificate.ends:%Y-%m-%d}"
    if days < 0:
        return f"{certificate.subject} by {signer}, expired on {until}"
    return f"{certificate.subject} by {signer}, valid until {until} ({days} days)"


def _shake(dial: Callable[[], socket.socket], host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    connection = dial()
    try:
        return context.wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _seen(connection: ssl.SSLSocket, access: Access) -> Finding:
    certificate = certificate_of(connection.getpeercert(binary_form=True) or b"")
    now = datetime.now(UTC)
    warnings: list[Warned] = []
    if not access.verify_tls:
        warnings.append(
            Warned(
                "the certificate is NOT checked: anyone on the way can read and change everything",
                "switch skip-ssl-validation off, and name the CA in configserver.git.ca-file",
            )
        )
    days = (certificate.ends - now).days
    if days < SOON:
        ends = "it has expired" if days < 0 else f"it ends in {days} days"
        warnings.append(Warned(f"{certificate.subject}: {ends}", "renew the certificate"))
    text = f"{connection.version()}, {describe(certificate, now)}"
    return Finding(text, warnings=tuple(warnings))


def _shown(dial: Callable[[], socket.socket], host: str) -> Certificate | None:
    """Return the certificate that is not trusted, to explain it; nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with _shake(dial, host, context) as connection:
            return certificate_of(connection.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError):
        return None


def _untrusted(
    error: ssl.SSLCertVerificationError, certificate: Certificate | None, host: str
) -> StepFailed:
    now = datetime.now(UTC)
    text = describe(certificate, now) if certificate else f"the certificate of {host}"
    why, do = error.verify_message or "it is not trusted", HINTS[Fault.CERTIFICATE]
    if error.verify_code == _EXPIRED:
        ours = certificate is not None and certificate.ends < now
        why = "it has expired" if ours else "a certificate of the chain has expired"
        do = "renew the certificate on the host, or check this machine's clock"
    elif error.verify_code == _NOT_YET:
        why, do = "it is not valid yet", "check this machine's clock, and the host's certificate"
    elif error.verify_code in {*_NO_ISSUER, _SELF_SIGNED, _SELF_SIGNED_CHAIN} and certificate:
        why = (
            "it signed itself, and is not in the CA file"
            if certificate.own_issuer
            else f"its issuer, {certificate.issuer}, is not among the CAs that are trusted here"
        )
        do = "name the CA's certificate in configserver.git.ca-file"
    elif error.verify_code in _WRONG_HOST and certificate:
        names = ", ".join(certificate.hosts) or certificate.subject
        why = f"it is for {names}, not for {host}"
        do = "use one of these names in the URI, or give the host a certificate with this name"
    return StepFailed(text, why=why, do=do)
