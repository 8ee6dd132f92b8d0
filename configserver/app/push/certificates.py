"""Files of certificates that settings name, tried before anything depends on them."""

import asyncio
import ssl

from configserver.errors import SettingsError


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
