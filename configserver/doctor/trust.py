"""Which certificates are trusted, and which is shown to hosts that ask for ours."""

import ssl

from configserver.backends.git.access import Access
from configserver.backends.git.faults import HINTS, Fault
from configserver.doctor.report import StepFailed


def trust_of(access: Access, *, ours: bool) -> ssl.SSLContext:
    """Return the context of connections in TLS.

    Args:
        access: what is configured.
        ours: whether our own certificate is shown; it is meant for the Git host alone.

    Raises:
        StepFailed: a file cannot be used.
    """
    context = ssl.create_default_context()
    if access.ca_file:
        try:
            context.load_verify_locations(cafile=access.ca_file)
        except OSError as error:
            raise _unusable(f"the CA file {access.ca_file}", error) from None
    if ours and access.client_certificate:
        try:
            # The password's text keeps OpenSSL from asking for one at the terminal.
            context.load_cert_chain(access.client_certificate, access.client_key, password="")
        except (OSError, ValueError) as error:
            what = f"the client certificate {access.client_certificate} or its key"
            raise _unusable(what, error) from None
    if not access.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unusable(what: str, error: Exception) -> StepFailed:
    missing = isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.strerror
    why = missing or "it is not in PEM, or the key does not fit the certificate"
    return StepFailed(f"{what} cannot be used", why=why, do=HINTS[Fault.CREDENTIALS])
