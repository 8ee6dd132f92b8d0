"""The program: `configserver`, or `python -m configserver`."""

import gc
from importlib import import_module


def main() -> None:
    """Run the command line.

    What is imported at the start stays for good, so looking for garbage in it only costs time; a
    server turns the collector on again when it listens.
    """
    gc.disable()
    import_module("configserver.cli").main()


if __name__ == "__main__":
    main()
