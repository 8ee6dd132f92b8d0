"""The program: `configserver`, or `python -m configserver`."""

import gc
import ssl
import sys
from importlib import import_module


def main() -> None:
    """Run the command line.

    What is imported at the start stays for good, so looking for garbage in it only costs time; a
    server turns the collector on again when it listens.
    """
    gc.disable()
    if sys.argv[1:2] == ["serve"]:
        _import_aiohttp()
    import_module("configserver.cli").main()


def _import_aiohttp() -> None:
    """Import aiohttp without the certificates of the system, which take a tenth of the start.

    It loads them for its client, which is not used here. Whoever does use it has to pass a context:
    without certificates aiohttp's own trusts nobody.
    """
    default = ssl.create_default_context
    ssl.create_default_context = _trust_nobody  # type: ignore[assignment] # called without any
    try:
        import_module("aiohttp")
    finally:
        ssl.create_default_context = default


def _trust_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


if __name__ == "__main__":
    main()
