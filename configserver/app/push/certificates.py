"""Files of certificates that settings name, tried before anything depends on them."""

import asyncio
import ssl

from configserver.errors import SettingsError
from configserver.push.doors.tls import Trust


async def checked_ca_file(name: str, path: str | None) -> str | None:
    """Return the path of a file of CAs, None if none is set.

    Args:
        name: of the setting.
        path: its value.

    Raises:
        SettingsError: the file cannot be read, or holds no certificates.
    """
    if path is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            await asyncio.to_thread(context.load_verify_locations, path)
        except OSError:
            raise SettingsError(f"{name} cannot be read as a file of certificates") from None
    return path


def check_trust(prefix: str, trust: Trust) -> None:
    """Read the certificates that a section of settings names, before a connection needs them.

    Args:
        prefix: of the settings `ca-file`, `client-certificate` and `client-key`.
        trust: their values.

    Raises:
        SettingsError: a file cannot be read, or does not hold what it should.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.key and not trust.certificate:
        raise SettingsError(f"{prefix}.client-certificate is not set, but client-key is")
    try:
        if trust.ca_file:
            context.load_verify_locations(trust.ca_file)
    except OSError:
        reason = "cannot be read as a file of certificates"
        raise SettingsError(f"{prefix}.ca-file {reason}") from None
    try:
        if trust.certificate:
            context.load_cert_chain(trust.certificate, trust.key, password="")
    except OSError:
        raise SettingsError(
            f"{prefix}.client-certificate or its key cannot be read",
            hint="both are PEM and belong together, and the key has no password",
        ) from None
