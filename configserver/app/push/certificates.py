"""Files of certificates that settings name, tried before anything depends on them."""

import asyncio
import ssl
from dataclasses import replace

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


def context_of(prefix: str, trust: Trust) -> ssl.SSLContext:
    """Return what a section of settings checks certificates with; reads files.

    Args:
        prefix: of the settings `ca-file`, `client-certificate` and `client-key`.
        trust: their values.

    Raises:
        SettingsError: a file cannot be read, or does not hold what it should.
    """
    if trust.key and not trust.certificate:
        raise SettingsError(f"{prefix}.client-certificate is not set, but client-key is")
    try:
        replace(trust, certificate=None).context()
    except OSError:
        raise SettingsError(f"{prefix}.ca-file cannot be read as a file of certificates") from None
    try:
        return trust.context()
    except OSError:
        raise SettingsError(
            f"{prefix}.client-certificate or its key cannot be read",
            hint="both are PEM and belong together, and the key has no password",
        ) from None
