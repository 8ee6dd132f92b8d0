"""Keys that a key management service wraps before anybody sees them."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from configserver.errors import SettingsError
from configserver.kms import Trouble
from configserver.settings.kms import PREFIX
from configserver.settings.load import load_keys


def wrapped(data: bytes, service: str, config: Path | None) -> bytes:
    """Return what a service makes of a key, as a line.

    Args:
        data: the key.
        service: its name in the settings.
        config: file of settings, None for those of the environment alone.

    Raises:
        SettingsError: there is no such service, or it does not wrap the key.
    """
    services = load_keys(environ=os.environ, file=config).ring.kms
    if service not in services:
        known = ", ".join(services) or "none"
        reason = f"there is no service '{service}' in {PREFIX}; there is {known}"
        raise SettingsError(reason, hint="name the file of settings with --config")
    # What asks a service takes longer to import than most commands take.
    from configserver.app.keys.services import key_service  # noqa: PLC0415

    try:
        text = asyncio.run(key_service(service, services[service]).wrap(data))
    except Trouble as trouble:
        raise SettingsError(f"'{service}': {trouble.reason}", hint=trouble.hint) from None
    return f"{text}\n".encode()


def instructions(text: bytes, service: str, out: Path | None) -> Iterator[str]:
    """Yield what is left to do: lines for the settings."""
    yield "Only the service can unwrap it, so it may stand in the settings of the server:"
    yield "configserver:"
    yield "  encrypt:"
    yield "    keys:"
    yield f"      key-{datetime.now(UTC).year}:"
    yield f"        kms: {service}"
    if out is None:
        yield f"        wrapped-key: {text.decode().strip()}"
    else:
        yield f"        wrapped-key-file: {out.resolve()}"
